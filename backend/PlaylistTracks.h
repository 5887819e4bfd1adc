#pragma once

#include <vector>

#include "backend/SmartLists.h"
#include "library/Playlists.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// All tracks of a playlist in order, missing ones too; of a smart one those that it has now.
/// @errors those of Playlists::entries and SmartLists::of
Result<std::vector<library::TrackId>>
tracksOf(const library::Playlist& playlist, const library::Playlists& playlists, SmartLists& smart);

} // namespace segue::backend
