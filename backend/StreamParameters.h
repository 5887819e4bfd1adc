#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "library/Library.h"
#include "processing/encode/PcmFormat.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/types/Error.h"

namespace segue::backend {

enum class Enhanced { No, Yes };

/// What a client may choose about a stream, with what holds when he does not.
struct StreamParameters {
    Enhanced enhanced = Enhanced::Yes;
    mastering::PlanRequest request;
    encode::PcmFormat pcm = encode::PcmFormat::Int16;

    /// Whether the file is wanted as it is. The original at the loudness of the enhanced stream is
    /// rendered like that.
    bool isFile() const { return enhanced == Enhanced::No && !request.originalAtSameLoudness; }
};

/// What holds on this server for requests that do not say.
struct StreamDefaults {
    std::string preset = "adaptive";
    std::optional<double> targetLufs;  ///< instead of what preset or reference ask for
    std::optional<double> ceilingDbtp; ///< instead of the preset's
};

/// What the names in a request stand for.
struct StreamVocabulary {
    /// Empty: the built-in presets only. @errors NotFound, Corrupt, Io
    std::function<Result<mastering::Preset>(const std::string& name)> preset = {};
    /// Empty: there are none. @errors NotFound, Corrupt, Io
    std::function<Result<std::shared_ptr<const mastering::ReferenceProfile>>(const std::string& id)>
        reference = {};
    StreamDefaults defaults = {};
};

/// The query parameter of that name, nothing when it is absent.
using Query = std::function<std::optional<std::string>(const std::string& name)>;

/// Reads enhanced, matchLoudness, preset, intensity, target, ceiling, reference, blend, format and
/// bits; others are ignored.
/// @errors InvalidArgument: names the parameter, its value and what is allowed; an unknown preset
/// or reference is one too. Io
Result<StreamParameters> parseStreamParameters(const Query& query,
                                               const StreamVocabulary& vocabulary = {});

/// A whole decimal number in [least, most]; `fallback` when absent.
/// @errors InvalidArgument
Result<std::int64_t> parseInteger(const Query& query, const std::string& name, std::int64_t least,
                                  std::int64_t most, std::int64_t fallback);

/// @errors InvalidArgument
Result<library::TrackId> parseTrackId(std::string_view text);

} // namespace segue::backend
