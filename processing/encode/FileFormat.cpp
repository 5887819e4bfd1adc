// What the formats that files are written in can hold. Pure functions, any thread.

#include "processing/encode/FileFormat.h"

#include <algorithm>
#include <cassert>
#include <string>

namespace segue::encode {

const FormatTraits& traitsOf(FileFormat format) {
    const auto* found = std::find_if(kFileFormats.begin(), kFileFormats.end(),
                                     [&](const auto& traits) { return traits.format == format; });
    assert(found != kFileFormats.end());
    return *found;
}

const FormatTraits* findFormat(std::string_view name) {
    const auto* found = std::find_if(kFileFormats.begin(), kFileFormats.end(),
                                     [&](const auto& traits) { return traits.name == name; });
    return found == kFileFormats.end() ? nullptr : found;
}

const FormatTraits* formatOfExtension(std::string_view extension) {
    std::string lower(extension);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const auto* found = std::find_if(kFileFormats.begin(), kFileFormats.end(),
                                     [&](const auto& traits) { return traits.extension == lower; });
    return found == kFileFormats.end() ? nullptr : found;
}

Result<void> check(const FileTarget& target) {
    const FormatTraits& traits = traitsOf(target.format);
    const std::string name(traits.name);
    if (target.kbps != 0 && traits.mostKbps == 0)
        return fail(ErrorCode::InvalidArgument, name + " has no bit rate; it keeps every bit");
    if (target.kbps != 0 && (target.kbps < traits.leastKbps || target.kbps > traits.mostKbps))
        return fail(ErrorCode::InvalidArgument, name + " has bit rates of " +
                                                    std::to_string(traits.leastKbps) + " to " +
                                                    std::to_string(traits.mostKbps) + " kbit/s");
    if (target.bits == 32 && traits.lossless && target.format != FileFormat::Wav)
        return fail(ErrorCode::InvalidArgument, name + " holds 16 or 24 bits");
    return {};
}

PcmFormat pcmFor(const FileTarget& target) {
    if (!traitsOf(target.format).lossless)
        return PcmFormat::Float32;
    return pcmFormatOfBits(target.bits).value_or(PcmFormat::Int16);
}

int sampleRateFor(FileFormat format, int sourceRateHz) {
    // MPEG-1, 2 and 2.5; MPEG-4.
    static constexpr int kMp3[] = {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000};
    static constexpr int kAac[] = {8000,  11025, 12000, 16000, 22050, 24000,
                                   32000, 44100, 48000, 64000, 88200, 96000};
    const auto nearest = [&](const int* begin, const int* end) {
        int rate = sourceRateHz;
        while (rate > *(end - 1) && rate % 2 == 0)
            rate /= 2;
        const int* found = std::lower_bound(begin, end, rate);
        return found == end ? *(end - 1) : *found;
    };
    switch (format) {
    case FileFormat::Opus:
        return 48000;
    case FileFormat::Mp3:
        return nearest(std::begin(kMp3), std::end(kMp3));
    case FileFormat::Aac:
        return nearest(std::begin(kAac), std::end(kAac));
    case FileFormat::Wav:
    case FileFormat::Flac:
    case FileFormat::Alac:
        break;
    }
    return sourceRateHz;
}

} // namespace segue::encode
