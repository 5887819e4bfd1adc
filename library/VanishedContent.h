#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "library/Database.h"
#include "processing/types/Hash.h"

namespace segue::library {

/// What of analysis and vanished no longer agrees with the tracks.
struct VanishedChanges {
    std::vector<Hash128> gone; ///< no present track has them any more
    std::vector<Hash128> back; ///< a present track has them again
    std::vector<Hash128> due;  ///< gone for long enough to be forgotten

    bool empty() const { return gone.empty() && back.empty() && due.empty(); }
};

/// The query for `gone`.
std::string goneContentsSql();
/// The first few thousand of each; changes nothing.
Result<VanishedChanges> findVanished(Connection& connection, std::int64_t nowMs);
/// Needs a transaction of the caller. A content that came back meanwhile is kept.
Result<void> applyVanished(Connection& connection, const VanishedChanges& changes,
                           std::int64_t nowMs);

} // namespace segue::library
