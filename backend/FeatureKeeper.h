#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "library/Features.h"
#include "library/Library.h"

namespace segue::backend {

/// Makes features of the analyses that the library has, so that tracks can be compared.
/// @thread catchUp() by one at a time; generation() any
class FeatureKeeper {
  public:
    /// Both outlive this.
    FeatureKeeper(const library::Library& library, library::Features& features)
        : library_(library), features_(features) {}

    /// Sees to the analyses that have been made since the last call; the first time to all. Costs
    /// next to nothing when there are none. What cannot be read or written is logged, and tried
    /// again after a restart.
    void catchUp(const std::atomic<bool>& cancel);

    /// Another number whenever features were stored.
    std::int64_t generation() const { return generation_.load(); }

  private:
    Result<void> catchUpAll(const std::atomic<bool>& cancel);
    Result<void> catchUpNews(const std::atomic<bool>& cancel);
    Result<void> make(const std::vector<Hash128>& contents, const std::atomic<bool>& cancel);

    const library::Library& library_;
    library::Features& features_;
    std::optional<std::int64_t> mark_; ///< nothing: never caught up
    std::atomic<std::int64_t> generation_{0};
};

} // namespace segue::backend
