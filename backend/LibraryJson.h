#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "backend/http/RequestContext.h"
#include "library/Library.h"

namespace segue::backend {

/// Everything known of a track beyond what lists show, added to `track`.
void addDetails(nlohmann::ordered_json& track, const library::TrackDetails& details);
nlohmann::ordered_json jsonOf(const library::Album& album);
nlohmann::ordered_json jsonOf(const library::Artist& artist);
nlohmann::ordered_json jsonOf(const library::Genre& genre);

/// "artist", "albumArtist", "composer" ...
std::string nameOf(library::ArtistRole role);

/// Answers with a document that is known by its bytes: 304 to who has it already.
void respondTagged(const http::RequestContext& ctx, httplib::Response& res,
                   const nlohmann::ordered_json& document);

} // namespace segue::backend
