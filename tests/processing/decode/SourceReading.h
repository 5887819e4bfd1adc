#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "processing/decode/AudioSource.h"

namespace segue::decode::test {

/// Planar [channel][frame].
using Planes = std::vector<std::vector<float>>;

inline std::unique_ptr<AudioSource> opened(const std::filesystem::path& path) {
    auto source = openSource(path);
    if (!source) {
        ADD_FAILURE() << source.error().message;
        return nullptr;
    }
    return std::move(*source);
}

/// Appends up to `numFrames` frames, in reads of `blockFrames`. @return the error's text, if any
inline std::string readInto(AudioSource& source, std::int64_t numFrames, std::int64_t blockFrames,
                            Planes& planes) {
    const int numChannels = source.info().numChannels;
    planes.resize(static_cast<std::size_t>(numChannels));
    AudioBuffer buffer(numChannels, blockFrames);
    while (numFrames > 0) {
        auto got = source.read(buffer.block(std::min(numFrames, blockFrames)));
        if (!got)
            return got.error().message;
        if (*got == 0)
            break;
        for (int c = 0; c < numChannels; ++c) {
            auto& plane = planes[static_cast<std::size_t>(c)];
            plane.insert(plane.end(), buffer.channel(c), buffer.channel(c) + *got);
        }
        numFrames -= *got;
    }
    return "";
}

inline Planes readAll(AudioSource& source, std::int64_t blockFrames = 4096) {
    Planes planes;
    EXPECT_EQ(readInto(source, 1'000'000'000, blockFrames, planes), "");
    return planes;
}

inline std::int64_t framesOf(const Planes& planes) {
    return planes.empty() ? 0 : static_cast<std::int64_t>(planes[0].size());
}

/// Whether `part` is bit for bit what `whole` has from `frame` on.
inline bool equalAt(const Planes& part, const Planes& whole, std::int64_t frame) {
    for (std::size_t c = 0; c < part.size(); ++c)
        if (frame + static_cast<std::int64_t>(part[c].size()) >
                static_cast<std::int64_t>(whole[c].size()) ||
            std::memcmp(part[c].data(), whole[c].data() + frame, part[c].size() * sizeof(float)) !=
                0)
            return false;
    return true;
}

} // namespace segue::decode::test
