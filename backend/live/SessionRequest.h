#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "backend/StreamParameters.h"
#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::backend::live {

/// One setting of a session, named as the parameter of a stream that it is.
struct Setting {
    /// As a stream's address would say it: `0.8`, `warm`; empty for what holds without it (null).
    std::optional<std::string> text;
    std::string json; ///< as it was given: `0.8`, `"warm"`, `null`
};
using Settings = std::map<std::string, Setting>;

/// What the body of a request about a session says. What it does not mention is empty.
struct SessionRequest {
    std::optional<library::TrackId> trackId;
    std::optional<double> positionSeconds; ///< >= 0, finite
    std::optional<bool> paused;
    std::optional<int> leadMs; ///< kLeastLeadMs .. kMostLeadMs
    Settings settings;
};

inline constexpr int kLeastLeadMs = 50;
inline constexpr int kMostLeadMs = 2000;
inline constexpr std::size_t kMostBodyBytes = 16 << 10;

enum class RequestKind {
    Begin, ///< needs trackId
    Change ///< may have neither trackId nor leadMs: they stay what they are
};

/// Reads the JSON object of a request; an empty body is an empty object.
///
/// Members that a session has of its own are checked here, every other one is taken for a setting
/// and checked by parseSettings().
/// @errors InvalidArgument: what is wrong with which member, and what is allowed
Result<SessionRequest> parseSessionRequest(std::string_view body, RequestKind kind);

/// `settings` with those of `request` in their place.
Settings merged(Settings settings, const SessionRequest& request);

/// Reads settings as parseStreamParameters() does, and refuses names that it does not know. The
/// original is at the loudness of the enhanced stream unless matchLoudness is false.
/// @errors those of parseStreamParameters
Result<StreamParameters> parseSettings(const Settings& settings,
                                       const StreamVocabulary& vocabulary = {});

} // namespace segue::backend::live
