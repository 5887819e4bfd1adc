#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "library/Library.h"

namespace segue::bench {

/// A household's music: albums of 8 to 14 tracks, in list order.
struct Collection {
    std::vector<library::Track> tracks;
    std::vector<std::pair<std::size_t, std::size_t>> albums; ///< [first, end) of tracks
};
Collection makeCollection(std::size_t numTracks, std::mt19937_64& random);

/// What a listener does next.
struct Step {
    std::size_t track = 0;   ///< index into the collection
    double fromSeconds = 0;  ///< where he begins
    double seconds = 0;      ///< for how long he listens
    bool follows = false;    ///< the one before was heard to its end
    std::int64_t told = -1;  ///< index of the track that the player says comes next; -1: none
    double pauseSeconds = 0; ///< before it begins
};

/// One person over a week. Every evening and now and then by day he listens for a while: an album
/// from its first track on, the whole library shuffled, his favourites, or whatever comes to mind.
/// He skips, now and then repeats a track, and now and then jumps into the middle of one. Albums
/// and favourites are chosen by Zipf's law, over an order that is his own and near the others'.
class Listener {
  public:
    Listener(const Collection& collection, std::uint64_t seed);
    /// What he does from his first day on until the week is over.
    std::vector<Step> week();

  private:
    void session(std::vector<Step>& steps, double pauseSeconds);
    std::vector<std::size_t> programme(double& skipShare, bool& tells);
    std::size_t zipf(std::size_t count, double exponent);
    double uniform(double least, double most);

    const Collection& collection_;
    std::mt19937_64 random_;
    std::vector<std::size_t> favourites_; ///< tracks, the dearest first
    std::vector<std::size_t> albums_;     ///< so too
};

} // namespace segue::bench
