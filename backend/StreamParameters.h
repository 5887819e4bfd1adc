#pragma once

#include <cstdint>
#include <functional>
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
};

/// The query parameter of that name, nothing when it is absent.
using Query = std::function<std::optional<std::string>(const std::string& name)>;

/// Reads enhanced, preset, intensity, format and bits; others are ignored.
/// @errors InvalidArgument: names the parameter, its value and what is allowed
Result<StreamParameters> parseStreamParameters(const Query& query);

/// A whole decimal number in [least, most]; `fallback` when absent.
/// @errors InvalidArgument
Result<std::int64_t> parseInteger(const Query& query, const std::string& name, std::int64_t least,
                                  std::int64_t most, std::int64_t fallback);

/// @errors InvalidArgument
Result<library::TrackId> parseTrackId(std::string_view text);

} // namespace segue::backend
