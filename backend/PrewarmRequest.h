#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/Detail.h"
#include "backend/StreamParameters.h"
#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Which tracks are to be warmed.
struct PrewarmSelection {
    enum class Kind { All, Album, Artist, Tracks, Recent, MostPlayed };

    Kind kind = Kind::All;
    std::string name;                         ///< of the album or artist
    std::vector<library::TrackId> trackIds;   ///< of Tracks
    std::vector<std::filesystem::path> paths; ///< of Tracks, after trackIds
    int limit = 200;                          ///< of Recent and MostPlayed
};
/// "all", "album", "artist", "tracks", "recent", "most-played"
std::string_view nameOf(PrewarmSelection::Kind kind) noexcept;
std::optional<PrewarmSelection::Kind> prewarmKindNamed(std::string_view name) noexcept;

enum class PrewarmDepth {
    FirstChunks, ///< so that playback starts at once
    Full,        ///< so that nothing is rendered at all
};
enum class DryRun { No, Yes };

/// What is to be rendered before anybody asks for it.
struct PrewarmRequest {
    static constexpr int kMostLimit = 10'000;
    static constexpr std::size_t kMostTracks = 100'000;
    static constexpr std::size_t kMostPresets = 16;
    static constexpr int kMostJobs = 64;

    PrewarmSelection selection;
    PrewarmDepth depth = PrewarmDepth::FirstChunks;
    std::vector<std::string> presets;        ///< empty: the default one
    std::optional<double> intensity;         ///< nothing: as streams have it that do not say
    std::optional<std::int64_t> budgetBytes; ///< most to write
    int jobs = 1;                            ///< renders at once
    DryRun dryRun = DryRun::No;
};

/// The body of POST /api/prewarm, read strictly.
/// @errors InvalidArgument: names the member and what is allowed
Result<PrewarmRequest> parsePrewarmRequest(std::string_view text);
/// What parsePrewarmRequest() understands; paths that are no UTF-8 are left out, and without
/// details all single tracks.
std::string toJson(const PrewarmRequest& request, Detail detail = Detail::Yes);

/// The streams of a track that are asked for, one for each preset.
/// @errors those of parseStreamParameters
Result<std::vector<StreamParameters>> voicesOf(const PrewarmRequest& request,
                                               const StreamVocabulary& vocabulary);

struct SelectedTracks {
    std::vector<library::TrackId> ids; ///< each once
    std::vector<std::string> problems; ///< paths that are no track of the library
};
/// @errors NotFound (no such album, artist or track), those of Library
Result<SelectedTracks> selectTracks(const library::Library& library,
                                    const PrewarmSelection& selection);

} // namespace segue::backend
