#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/encode/FileFormat.h"
#include "processing/types/FileStamp.h"
#include "processing/types/Hash.h"

namespace segue::enhance {

/// What is known of a source already, so that it need not be found out again.
struct KnownSource {
    FileStamp stamp; ///< with which the rest was found out; a file that has another one is Changed
    Hash128 content; ///< contentHashOf()
    std::shared_ptr<const analysis::TrackAnalysis> analysis; ///< a full one
};

/// One file to be mastered, and what becomes of it.
struct EnhanceJob {
    std::filesystem::path in, out;
    double bytes = 0; ///< of the source: how much work it is, roughly
    std::optional<KnownSource> known = {};
};

/// `below` with the extension of the format.
std::filesystem::path resultName(std::filesystem::path below, encode::FileFormat format);

/// Jobs that are mastered with one plan, each by its place in the list.
using EnhanceGroups = std::vector<std::vector<std::size_t>>;

EnhanceGroups oneByOne(const std::vector<EnhanceJob>& jobs);
/// By album and album artist; without an album artist by album and folder, without an album by
/// folder. Reads every file's tags.
EnhanceGroups byAlbum(const std::vector<EnhanceJob>& jobs);

} // namespace segue::enhance
