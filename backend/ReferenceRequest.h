#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Of which tracks a reference is to be made.
struct ReferenceRequest {
    static constexpr std::size_t kMostTracks = 16;
    static constexpr std::size_t kMostNameBytes = 200;

    std::string name;
    std::vector<library::TrackId> trackIds; ///< 1 .. kMostTracks, each once
};

/// Reads `{"name": "...", "trackIds": [1, "2"]}` strictly; any bytes may be given.
/// @errors InvalidArgument: names the member and what is allowed
Result<ReferenceRequest> parseReferenceRequest(std::string_view json);

} // namespace segue::backend
