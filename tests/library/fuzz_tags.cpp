// Any bytes, under any extension: tags or an error, never a crash, a hang or an invalid string.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "library/TagReader.h"
#include "library/TagWriter.h"
#include "library/Text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static constexpr const char* kNames[] = {"a.wav",  "a.flac", "a.ogg",
                                             "a.opus", "a.mp3",  "a.aiff"};
    if (size == 0)
        return 0;
    const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
    const auto tags = segue::library::readTags(bytes, kNames[data[0] % std::size(kNames)]);
    if (const auto metadata =
            segue::library::readMetadata(bytes, kNames[data[0] % std::size(kNames)]))
        for (const auto& [key, values] : metadata->texts)
            for (const auto& value : values)
                if (!segue::library::isUtf8(value))
                    std::abort();
    if (!tags)
        return 0;
    for (const auto* text :
         {&tags->title, &tags->artist, &tags->album, &tags->albumArtist, &tags->genre})
        if (!segue::library::isUtf8(*text) || text->size() > segue::library::kMaxTagBytes)
            std::abort();
    if (tags->sampleRateHz <= 0 || tags->numChannels <= 0 || !(tags->durationSeconds >= 0) ||
        tags->title.empty() || tags->codec.empty())
        std::abort();
    return 0;
}
