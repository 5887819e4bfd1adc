#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "library/Features.h"
#include "processing/analysis/Features.h"

namespace segue::backend {

/// The tracks that sound most like another one: exact, by looking at all of them. Once complete it
/// is immutable.
/// @thread add() and complete() by one; then any
class SimilarityIndex {
  public:
    struct Neighbour {
        library::TrackId track = 0;
        float distance = 0; ///< 0: the same; 1 or so: of the same kind
    };

    /// @param features  a vector of another length is left out
    void add(const library::TrackFeatures& features);
    /// Scales every dimension by what is usual in this library, as far as it is large enough to
    /// say so.
    void complete();

    std::size_t size() const { return ids_.size(); }
    bool knows(library::TrackId track) const { return places_.contains(track); }

    /// The nearest first, without the track itself.
    /// @return nothing when the track is not known
    std::optional<std::vector<Neighbour>> nearest(library::TrackId track, std::size_t count) const;

    /// The same as something to play: no recording twice, nor that of the track itself, and never
    /// two of one album after each other while another one is about as near.
    std::optional<std::vector<Neighbour>> similar(library::TrackId track, std::size_t count) const;

    /// Tracks to go on with after `track`: from its surroundings, in an order of `seed`; the same
    /// every time, as far as the index is the same. No recording twice.
    std::optional<std::vector<library::TrackId>> radio(library::TrackId track, std::uint64_t seed,
                                                       std::size_t count) const;

  private:
    /// Tracks whose values lie together, one dimension after the other, so that a few of them are
    /// compared at a time.
    static constexpr std::size_t kLanes = 16;
    using Block = std::array<std::array<float, kLanes>, analysis::kNumFeatures>;

    void distancesTo(const analysis::FeatureVector& point, std::vector<float>& squares) const;
    std::vector<Neighbour> arranged(std::size_t self, std::vector<Neighbour> candidates,
                                    std::size_t count) const;

    std::vector<Block> blocks_;
    std::vector<library::TrackId> ids_;
    std::vector<std::uint64_t> albums_, recordings_;
    std::unordered_map<library::TrackId, std::uint32_t> places_;
};

} // namespace segue::backend
