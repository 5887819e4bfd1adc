#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "backend/Detail.h"
#include "backend/SmartLists.h"
#include "backend/StreamParameters.h"
#include "library/Library.h"
#include "library/Playlists.h"
#include "processing/encode/FileFormat.h"
#include "processing/encode/NewFile.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Which tracks are to be enhanced.
struct EnhanceSelection {
    enum class Kind { All, Tracks, Album, Artist, Playlist };

    Kind kind = Kind::All;
    std::vector<library::TrackId> trackIds; ///< of Tracks
    std::int64_t id = 0;                    ///< of the album, artist or playlist
};

/// Masters that are to be made as files.
struct EnhanceRequest {
    static constexpr std::size_t kMostTracks = 100'000;

    static constexpr std::size_t kMostNameBytes = 200;

    EnhanceSelection selection;
    std::string name; ///< what people call the selection; changes nothing
    encode::FileTarget target{.format = encode::FileFormat::Flac};
    bool album = false; ///< albums are mastered as a whole
    encode::Overwrite overwrite = encode::Overwrite::No;
    /// The parameters of a stream that say how it sounds, as its address would have them.
    std::map<std::string, std::string> voice;
};

/// The body of POST /api/enhance, read strictly. What a voice may be is for voiceOf() to say.
/// @errors InvalidArgument: names the member and what is allowed
Result<EnhanceRequest> parseEnhanceRequest(std::string_view text);
/// What parseEnhanceRequest() understands; without details without single tracks.
std::string toJson(const EnhanceRequest& request, Detail detail = Detail::Yes);

/// @errors those of parseStreamParameters
Result<mastering::PlanRequest> voiceOf(const EnhanceRequest& request,
                                       const StreamVocabulary& vocabulary);

/// Where what may be selected is kept. All outlive whoever has this.
struct SelectionSources {
    const library::Library& library;
    const library::Playlists& playlists;
    SmartLists& smart;
};
/// Each track once. @errors NotFound (no such album, artist, playlist or track), those of Library
Result<std::vector<library::TrackId>> selectTracks(const SelectionSources& sources,
                                                   const EnhanceSelection& selection);

} // namespace segue::backend
