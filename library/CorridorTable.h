#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "library/Database.h"
#include "library/Library.h"

namespace segue::library {

struct RootSet;

Result<PlanLease> loadPlanLease(Connection& connection, const Hash128& content,
                                std::uint32_t version);
Result<void> putPlanLeaseRow(Connection& connection, const Hash128& content, std::uint32_t version,
                             const PlanLease& lease);

Result<std::optional<StoredCorridor>> loadNewestCorridor(Connection& connection);
Result<std::optional<StoredCorridor>> loadCorridor(Connection& connection, std::int64_t version);
/// Needs a transaction of the caller. @return the version that it got
Result<std::int64_t> putCorridorRow(Connection& connection, const StoredCorridor& corridor);

std::string analysedContentsSql(const RootSet& roots);
Result<std::vector<Hash128>> listAnalysedContents(Connection& connection, const RootSet& roots,
                                                  std::uint32_t version,
                                                  const std::optional<Hash128>& after, int limit);
Result<std::int64_t> countAnalysedContents(Connection& connection, const RootSet& roots,
                                           std::uint32_t version);

} // namespace segue::library
