// Area averaging, row by row. Runs on the thread that decodes. Always holds: a row of the source is
// shared among the rows of the result that it touches in proportion, so flat colours stay as they
// are.

#include "artwork/Shrinker.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace segue::artwork {

Shrinker::Shrinker(int width, int height, int size) : width_(width), height_(height) {
    const int longer = std::max(width, height);
    const auto scaled = [&](int side) {
        return longer <= size ? side
                              : std::max(1, static_cast<int>(std::lround(static_cast<double>(side) *
                                                                         size / longer)));
    };
    image_.width = scaled(width);
    image_.height = scaled(height);
    image_.pixels.resize(std::size_t{4} * static_cast<std::size_t>(image_.width) *
                         static_cast<std::size_t>(image_.height));
    wide_.resize(std::size_t{4} * static_cast<std::size_t>(width));
    narrow_.resize(std::size_t{4} * static_cast<std::size_t>(image_.width));
    sum_.resize(narrow_.size());
}

void Shrinker::add(const std::uint8_t* row) {
    if (rowsIn_ >= height_)
        return;
    addRow(row);
    // In units of a row of the result.
    const double scale = static_cast<double>(image_.height) / height_;
    const double begin = rowsIn_ * scale, end = (rowsIn_ + 1) * scale;
    ++rowsIn_;
    const auto blend = [&](double share) {
        for (std::size_t i = 0; i < sum_.size(); ++i)
            sum_[i] += static_cast<float>(share) * narrow_[i];
    };
    const double border = rowsOut_ + 1;
    if (end < border && rowsIn_ < height_) {
        blend(end - begin);
        return;
    }
    blend(std::min(end, border) - begin);
    writeRow();
    if (end > border && rowsOut_ < image_.height)
        blend(end - border);
}

void Shrinker::addRow(const std::uint8_t* row) {
    for (int x = 0; x < width_; ++x) {
        const float alpha = static_cast<float>(row[4 * x + 3]) / 255;
        for (int c = 0; c < 3; ++c)
            wide_[static_cast<std::size_t>(4 * x + c)] = static_cast<float>(row[4 * x + c]) * alpha;
        wide_[static_cast<std::size_t>(4 * x + 3)] = alpha;
    }
    if (image_.width == width_) {
        narrow_ = wide_;
        return;
    }
    const double step = static_cast<double>(width_) / image_.width;
    for (int x = 0; x < image_.width; ++x) {
        const double begin = x * step;
        const double end = std::min<double>(begin + step, width_);
        float* out = narrow_.data() + 4 * x;
        std::fill_n(out, 4, 0.0f);
        for (int from = static_cast<int>(begin); from < end; ++from) {
            const double share = std::min<double>(end, from + 1) - std::max<double>(begin, from);
            const auto weight = static_cast<float>(share / (end - begin));
            for (int c = 0; c < 4; ++c)
                out[c] += weight * wide_[static_cast<std::size_t>(4 * from + c)];
        }
    }
}

void Shrinker::writeRow() {
    std::uint8_t* out = image_.pixels.data() + std::size_t{4} * static_cast<std::size_t>(rowsOut_) *
                                                   static_cast<std::size_t>(image_.width);
    for (std::size_t i = 0; i < sum_.size(); i += 4) {
        const float alpha = sum_[i + 3];
        for (std::size_t c = 0; c < 3; ++c) {
            const float colour = alpha > 0 ? sum_[i + c] / alpha : 0;
            out[i + c] = static_cast<std::uint8_t>(std::clamp(colour + 0.5f, 0.0f, 255.0f));
        }
        out[i + 3] = static_cast<std::uint8_t>(std::clamp(255 * alpha + 0.5f, 0.0f, 255.0f));
    }
    std::fill(sum_.begin(), sum_.end(), 0.0f);
    ++rowsOut_;
}

Image Shrinker::finish() {
    return std::move(image_);
}

} // namespace segue::artwork
