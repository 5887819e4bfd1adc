#pragma once

#include <span>
#include <vector>

#include <nlohmann/json.hpp>

#include "library/Favourites.h"
#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Tracks as the API shows them: what the library knows, and what the user keeps about them.
/// @thread all members from any thread
class TrackJson {
  public:
    /// Both outlive this.
    TrackJson(const library::Library& library, const library::Favourites& favourites)
        : library_(library), favourites_(favourites) {}

    /// One for each, in their order.
    Result<std::vector<nlohmann::ordered_json>> of(std::span<const library::Track> tracks) const;
    Result<std::vector<nlohmann::ordered_json>> of(std::span<const library::TrackId> ids) const;

  private:
    const library::Library& library_;
    const library::Favourites& favourites_;
};

/// A mark as it is part of a track.
nlohmann::ordered_json jsonOf(const library::TrackMark& mark);

} // namespace segue::backend
