#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "library/Database.h"
#include "library/Library.h"

namespace segue::library {

struct RootSet;

/// A hash as 16 bytes, high half first, big-endian.
std::string blobOf(const Hash128& hash);
/// @return nothing unless `blob` has 16 bytes
std::optional<Hash128> hashOfBlob(std::string_view blob);
/// The hashes in the first column of all rows that `select` still gives.
Result<std::vector<Hash128>> contentsOf(Statement& select);

Result<std::optional<std::string>> loadAnalysis(Connection& connection, const Hash128& content,
                                                std::uint32_t version, AnalysisKind kind);
/// Needs a transaction of the caller.
Result<void> putAnalysisRow(Connection& connection, const Hash128& content, std::uint32_t version,
                            AnalysisKind kind, const std::string& bytes);
/// Needs a transaction of the caller. @errors NotFound
Result<void> putFailureRow(Connection& connection, TrackId id, const FileStamp& stamp,
                           std::uint32_t version, const std::string& message);

std::string withoutAnalysisSql(const RootSet& roots);
Result<std::vector<TrackId>> listWithoutAnalysis(Connection& connection, const RootSet& roots,
                                                 std::uint32_t version, int limit);

} // namespace segue::library
