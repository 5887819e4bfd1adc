// The tags of a result. A pure function.
#include "enhance/ResultTags.h"

#include <cmath>
#include <string_view>

#include "enhance/ResultMark.h"
#include "processing/types/Text.h"

namespace segue::enhance {
namespace {

// ReplayGain 2.0 and EBU R 128 (RFC 7845, 5.2.1).
constexpr double kReplayGainLufs = -18;
constexpr double kR128Lufs = -23;
constexpr double kQ78 = 256;

bool isOfTheOldFile(std::string_view key) {
    for (const char* start : {"REPLAYGAIN_", "R128_", "MP3GAIN_", "AACGAIN_"})
        if (key.starts_with(start))
            return true;
    for (const char* name :
         {"ENCODER", "ENCODING", "ENCODERSETTINGS", "ENCODER_OPTIONS", "ITUNNORM", "ITUNSMPB",
          "WAVEFORMATEXTENSIBLE_CHANNEL_MASK", "ACCURATERIPDISCID", "ACCURATERIPRESULT"})
        if (key == name)
            return true;
    return false;
}

void put(library::Metadata& metadata, encode::FileFormat format, const std::string& what,
         const analysis::LoudnessMeasures& loudness) {
    if (loudness.silent())
        return;
    if (format == encode::FileFormat::Opus) {
        metadata.texts["R128_" + what + "_GAIN"] = {
            std::to_string(std::lround((kR128Lufs - loudness.integratedLufs) * kQ78))};
        return;
    }
    metadata.texts["REPLAYGAIN_" + what + "_GAIN"] = {
        text("%.2f dB", kReplayGainLufs - loudness.integratedLufs)};
    metadata.texts["REPLAYGAIN_" + what + "_PEAK"] = {
        text("%.6f", std::pow(10.0, loudness.truePeakDbtp / 20))};
}

} // namespace

library::Metadata resultMetadata(library::Metadata source, encode::FileFormat format,
                                 const analysis::LoudnessMeasures& track,
                                 const std::optional<analysis::LoudnessMeasures>& album,
                                 const std::string& mark) {
    std::erase_if(source.texts, [](const auto& entry) { return isOfTheOldFile(entry.first); });
    put(source, format, "TRACK", track);
    if (album)
        put(source, format, "ALBUM", *album);
    source.texts[kResultMark] = {mark};
    return source;
}

} // namespace segue::enhance
