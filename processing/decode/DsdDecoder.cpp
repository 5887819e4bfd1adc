// One-bit audio to PCM with two filters of finite length: by tables, a byte at a time, to four
// times the output's rate, then a dot product a frame. Runs on the reader's thread. Always holds:
// frame n is a function of the bits around it alone, so seeks are exact; before the first bit and
// behind the last one the sound is mirrored, so that neither end is a step.

#include "processing/decode/DsdDecoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processing/decode/Samples.h"

namespace segue::decode {
namespace {

constexpr int kOversampled = 4; // between the filters
// Enough that neither filter lets more than -130 dB of what would fold below 24 kHz through.
constexpr int kBytesPerTable = 12; ///< of the first filter, times the bytes per sample
constexpr int kTaps = 161;         ///< of the second, odd
constexpr double kFirstBeta = 13, kSecondBeta = 13;
constexpr double kPassHz = 24'000; // at 88.2 kHz
// Per pass of decode(): the tables stay in the cache.
constexpr std::int64_t kPieceFrames = 1024;
constexpr int kMostBytesPerSample = 8; // DSD512
constexpr int kMostChunks = 1000;      // of DSDIFF; files have ten

/// Where the bits lie.
struct Layout {
    std::int64_t rateHz = 0;
    int numChannels = 0;
    std::int64_t dataAt = 0;
    std::int64_t bytesPerChannel = 0;
    std::int64_t blockBytes = 1; ///< of one channel, before the next channel's
    bool lowBitFirst = false;
};

std::uint8_t reversed(std::uint8_t byte) {
    unsigned value = byte;
    value = (value & 0xF0) >> 4 | (value & 0x0F) << 4;
    value = (value & 0xCC) >> 2 | (value & 0x33) << 2;
    value = (value & 0xAA) >> 1 | (value & 0x55) << 1;
    return static_cast<std::uint8_t>(value);
}

/// A low-pass of `count` taps, gain 1. @param cutoff  of the sampling rate
std::vector<double> lowPass(int count, double cutoff, double beta) {
    std::vector<double> taps(static_cast<std::size_t>(count));
    const double centre = (count - 1) / 2.0;
    double sum = 0;
    for (int n = 0; n < count; ++n) {
        const double t = n - centre;
        const double x = 2 * std::numbers::pi * cutoff * t;
        const double edge = t / (centre + 0.5);
        const double window = std::cyl_bessel_i(0, beta * std::sqrt(1 - edge * edge));
        const double tap = (t == 0 ? 1 : std::sin(x) / x) * window;
        taps[static_cast<std::size_t>(n)] = tap;
        sum += tap;
    }
    for (double& tap : taps)
        tap /= sum;
    return taps;
}

class Header {
  public:
    explicit Header(SourceFile& file) : file_(file) {}

    Result<Layout> read() {
        auto layout = name(0) == "DSD " ? readDsf() : readDsdiff();
        if (auto error = file_.takeError())
            return fail(std::move(*error));
        return layout;
    }

  private:
    std::string name(std::int64_t at) {
        std::array<char, 4> bytes{};
        file_.readAt(at, bytes.data(), bytes.size());
        return {bytes.data(), bytes.size()};
    }
    std::int64_t little(std::int64_t at, int numBytes) { return number(at, numBytes, true); }
    std::int64_t big(std::int64_t at, int numBytes) { return number(at, numBytes, false); }
    std::int64_t number(std::int64_t at, int numBytes, bool littleEndian) {
        std::array<std::uint8_t, 8> bytes{};
        file_.readAt(at, bytes.data(), numBytes);
        if (littleEndian)
            std::reverse(bytes.begin(), bytes.begin() + numBytes);
        std::uint64_t value = 0;
        for (int i = 0; i < numBytes; ++i)
            value = value << 8 | bytes[static_cast<std::size_t>(i)];
        // No length of a file, so that sums of two stay in range.
        return static_cast<std::int64_t>(std::min(value, std::uint64_t{1} << 60));
    }
    tl::unexpected<Error> corrupt(const char* what) {
        return fail(file_.error(ErrorCode::Corrupt, what));
    }

    Result<Layout> readDsf() {
        const std::int64_t format = little(4, 8);
        if (format < 28 || format > file_.size() || name(format) != "fmt ")
            return corrupt("the header of a DSF file is damaged");
        const std::int64_t data = format + little(format + 4, 8);
        if (little(format + 16, 4) != 0)
            return fail(file_.error(ErrorCode::Unsupported, "a DSF file of another kind than DSD"));
        if (data > file_.size() || name(data) != "data")
            return corrupt("the data of a DSF file is not where it should be");
        Layout layout;
        layout.numChannels = static_cast<int>(std::min<std::int64_t>(little(format + 24, 4), 1000));
        layout.rateHz = little(format + 28, 4);
        layout.lowBitFirst = little(format + 32, 4) == 1;
        layout.blockBytes = little(format + 44, 4);
        layout.dataAt = data + 12;
        if (layout.numChannels < 1 || layout.blockBytes < 1)
            return corrupt("the header of a DSF file contradicts itself");
        const std::int64_t declared = (little(format + 36, 8) + 7) / 8;
        const std::int64_t there = std::min(little(data + 4, 8) - 12, file_.size() - layout.dataAt);
        // Blocks are whole, but for a file that is cut off.
        const std::int64_t group = layout.blockBytes * layout.numChannels;
        const std::int64_t last =
            std::max<std::int64_t>(there % group - group + layout.blockBytes, 0);
        layout.bytesPerChannel =
            std::min(declared, std::max<std::int64_t>(there, 0) / group * layout.blockBytes + last);
        return layout;
    }

    Result<Layout> readDsdiff() {
        if (name(12) != "DSD ")
            return corrupt("not a DSDIFF file");
        Layout layout;
        std::string compression = "DSD ";
        int numChunks = 0;
        for (std::int64_t at = 16; at + 12 <= file_.size() && numChunks++ < kMostChunks;) {
            const std::string chunk = name(at);
            const std::int64_t size = big(at + 4, 8);
            const std::int64_t body = at + 12;
            if (chunk == "PROP" && name(body) == "SND ") {
                at = body + 4; // what it holds is read as if it stood for itself
                continue;
            }
            if (chunk == "FS  ")
                layout.rateHz = big(body, 4);
            if (chunk == "CHNL")
                layout.numChannels = static_cast<int>(big(body, 2));
            if (chunk == "CMPR")
                compression = name(body);
            if (chunk == "DSD ") {
                layout.dataAt = body;
                layout.bytesPerChannel = std::min(size, file_.size() - body);
            }
            at = body + size + size % 2;
        }
        if (compression != "DSD ")
            return fail(file_.error(ErrorCode::Unsupported, "DSD compressed as DST"));
        if (layout.numChannels < 1 || layout.dataAt == 0)
            return corrupt("the chunks of a DSDIFF file are damaged");
        layout.bytesPerChannel /= layout.numChannels;
        return layout;
    }

    SourceFile& file_;
};

class DsdDecoder : public Decoder {
  public:
    DsdDecoder(SourceFile file, const Layout& layout) : file_(std::move(file)), layout_(layout) {}

    Result<void> open();

    const SourceInfo& info() const noexcept override { return info_; }
    std::int64_t cellFrames() const noexcept override { return 0; }
    Result<void> restart(std::int64_t frame) override {
        position_ = frame;
        return {};
    }
    Result<std::int64_t> decode(const AudioBlock& block) override;

  private:
    void makeFilters();
    /// bytes_ becomes those of a channel from `first` on, earliest bit on top.
    void load(int channel, std::int64_t first, std::int64_t count);
    void copy(int channel, std::int64_t first, std::int64_t count, std::uint8_t* out);

    SourceFile file_;
    const Layout layout_;
    SourceInfo info_;
    std::int64_t sampleBytes_ = 1; ///< of a sample between the filters
    std::vector<std::array<float, 256>> tables_;
    std::vector<float> taps_;
    std::vector<std::uint8_t> bytes_, raw_;
    std::vector<float> samples_;
    std::int64_t position_ = 0;
};

Result<void> DsdDecoder::open() {
    const std::int64_t rate = layout_.rateHz % 88'200 == 0 ? 88'200 : 96'000;
    sampleBytes_ = layout_.rateHz / rate / 8 / kOversampled;
    if (sampleBytes_ < 1 || sampleBytes_ > kMostBytesPerSample ||
        sampleBytes_ * rate * 8 * kOversampled != layout_.rateHz)
        return fail(file_.error(ErrorCode::Unsupported,
                                "DSD at " + std::to_string(layout_.rateHz) + " Hz"));
    const std::int64_t frameBytes = sampleBytes_ * kOversampled;
    info_.sampleRateHz = static_cast<int>(rate);
    info_.numChannels = layout_.numChannels;
    info_.numFrames = (layout_.bytesPerChannel + frameBytes / 2) / frameBytes;
    info_.codec = "dsd";
    info_.stamp = file_.stamp();
    makeFilters();
    return {};
}

void DsdDecoder::makeFilters() {
    const double rate = info_.sampleRateHz;
    const int numBytes = kBytesPerTable * static_cast<int>(sampleBytes_);
    const auto first = lowPass(
        8 * numBytes, rate * kOversampled / 2 / static_cast<double>(layout_.rateHz), kFirstBeta);
    tables_.resize(static_cast<std::size_t>(numBytes));
    for (std::size_t b = 0; b < tables_.size(); ++b)
        for (unsigned byte = 0; byte < 256; ++byte) {
            double sum = 0;
            for (unsigned bit = 0; bit < 8; ++bit)
                sum += (byte & 0x80U >> bit) != 0 ? first[8 * b + bit] : -first[8 * b + bit];
            tables_[b][byte] = static_cast<float>(sum);
        }
    const double pass = kPassHz / 88'200, stop = 0.5;
    for (const double tap : lowPass(kTaps, (pass + stop) / 2 / kOversampled, kSecondBeta))
        taps_.push_back(static_cast<float>(tap));
}

/// Bytes that are there.
void DsdDecoder::copy(int channel, std::int64_t first, std::int64_t count, std::uint8_t* out) {
    const std::int64_t block = layout_.blockBytes;
    const std::int64_t numChannels = layout_.numChannels;
    if (block == 1) {
        raw_.resize(static_cast<std::size_t>(count * numChannels));
        std::fill(raw_.begin(), raw_.end(), std::uint8_t{0});
        file_.readAt(layout_.dataAt + first * numChannels, raw_.data(), count * numChannels);
        for (std::int64_t n = 0; n < count; ++n)
            out[n] = raw_[static_cast<std::size_t>(n * numChannels + channel)];
    }
    for (std::int64_t done = 0; block > 1 && done < count;) {
        const std::int64_t at = first + done;
        const std::int64_t piece = std::min(count - done, block - at % block);
        file_.readAt(layout_.dataAt + (at / block * numChannels + channel) * block + at % block,
                     out + done, piece);
        done += piece;
    }
    if (layout_.lowBitFirst)
        std::transform(out, out + count, out, reversed);
}

void DsdDecoder::load(int channel, std::int64_t first, std::int64_t count) {
    const std::int64_t all = layout_.bytesPerChannel;
    bytes_.assign(static_cast<std::size_t>(count), 0);
    const std::int64_t from = std::clamp<std::int64_t>(first, 0, all);
    const std::int64_t to = std::clamp<std::int64_t>(first + count, from, all);
    if (from < to)
        copy(channel, from, to - from, bytes_.data() + (from - first));
    const auto mirrored = [&](std::int64_t at, std::int64_t source) {
        if (source < 0 || source >= all)
            return;
        std::uint8_t byte = 0;
        copy(channel, source, 1, &byte);
        bytes_[static_cast<std::size_t>(at - first)] = reversed(byte);
    };
    for (std::int64_t at = first; at < std::min<std::int64_t>(first + count, 0); ++at)
        mirrored(at, -1 - at);
    for (std::int64_t at = std::max(first, all); at < first + count; ++at)
        mirrored(at, 2 * all - 1 - at);
}

Result<std::int64_t> DsdDecoder::decode(const AudioBlock& block) {
    const std::int64_t count =
        std::min({block.numFrames, kPieceFrames, info_.numFrames - position_});
    if (count <= 0)
        return 0;
    constexpr std::int64_t kReach = kTaps / 2;
    const std::int64_t firstSample = position_ * kOversampled - kReach;
    const std::int64_t numSamples = (count - 1) * kOversampled + kTaps;
    const auto numTables = static_cast<std::int64_t>(tables_.size());
    samples_.resize(static_cast<std::size_t>(numSamples));
    for (int c = 0; c < block.numChannels; ++c) {
        load(c, firstSample * sampleBytes_ - numTables / 2,
             (numSamples - 1) * sampleBytes_ + numTables);
        for (std::int64_t n = 0; n < numSamples; ++n) {
            const std::uint8_t* bytes = bytes_.data() + n * sampleBytes_;
            // Several sums, for an addition waits for the one before; always the same ones.
            std::array<float, 4> sums{};
            for (std::int64_t b = 0; b < numTables; b += 4)
                for (std::int64_t i = 0; i < 4; ++i)
                    sums[static_cast<std::size_t>(i)] +=
                        tables_[static_cast<std::size_t>(b + i)][bytes[b + i]];
            samples_[static_cast<std::size_t>(n)] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        }
        for (std::int64_t n = 0; n < count; ++n) {
            const float* in = samples_.data() + n * kOversampled;
            std::array<float, 8> sums{};
            for (std::size_t k = 0; k + 8 <= kTaps; k += 8)
                for (std::size_t i = 0; i < 8; ++i)
                    sums[i] += taps_[k + i] * in[k + i];
            float sum = taps_[kTaps - 1] * in[kTaps - 1];
            for (const float part : sums)
                sum += part;
            block.channels[c][n] = sum;
        }
        clean(block.channels[c], count, block.channels[c]);
    }
    if (auto error = file_.takeError())
        return fail(std::move(*error));
    position_ += count;
    return count;
}

} // namespace

Result<std::unique_ptr<Decoder>> openDsd(SourceFile file) {
    auto layout = Header(file).read();
    if (!layout)
        return fail(std::move(layout.error()));
    if (layout->numChannels > kMaxChannels)
        return fail(
            file.error(ErrorCode::Unsupported, std::to_string(layout->numChannels) + " channels"));
    return openedDecoder<DsdDecoder>(std::move(file), *layout);
}

} // namespace segue::decode
