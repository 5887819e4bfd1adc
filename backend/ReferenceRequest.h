#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Of what a reference is to be made: of one thing at least.
struct ReferenceRequest {
    static constexpr std::size_t kMostTracks = 16;
    static constexpr std::size_t kMostNameBytes = 200;

    std::string name;
    std::vector<library::TrackId> trackIds; ///< up to kMostTracks, each once
    std::vector<std::string> referenceIds;  ///< of kept ones; up to kMostTracks, each once
};

/// Whether `name` may be a reference's. @errors InvalidArgument
Result<void> checkReferenceName(std::string_view name);

/// Reads `{"name": "...", "trackIds": [1, "2"], "referenceIds": ["0123..."]}` strictly; any bytes
/// may be given.
/// @errors InvalidArgument: names the member and what is allowed
Result<ReferenceRequest> parseReferenceRequest(std::string_view json);

} // namespace segue::backend
