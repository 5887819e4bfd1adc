// A week of listening in a household, and what the cache makes of it. The listeners are imagined
// (WeekOfListening.h); what is kept, what goes and what is rendered ahead is decided by the
// product's own code: cache::ChunkCatalog with its budgets and its order of use, and
// backend::PrefetchPolicy. A render is the only thing replaced: it is over at once and leaves a
// chunk of the size that a real one has. Time is the listeners'; nothing waits.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include <CLI/CLI.hpp>

#include "backend/PrefetchPolicy.h"
#include "bench/WeekOfListening.h"
#include "cache/ChunkCatalog.h"
#include "cache/ChunkFormat.h"
#include "processing/chunk/ChunkGeometry.h"
#include "processing/chunk/ChunkLayout.h"
#include "processing/types/Hash.h"

namespace segue::bench {
namespace {

using backend::PrefetchPolicy;
using cache::Budget;
using cache::ChunkCatalog;
using cache::ChunkKey;

constexpr double kDay = 86'400;
constexpr double kNight = 4 * 3600;
constexpr double kNsPerSecond = 1e9;
constexpr std::size_t kNightlyTracks = 200; // what --prewarm-at warms of the most played

struct Policy {
    const char* name;
    bool firstChunks; ///< a budget of their own
    bool ahead;       ///< chunks ahead of the reader
    bool next;        ///< the beginning of the next track
    bool nightly;     ///< the beginnings of the most played, every night
};
constexpr Policy kPolicies[] = {
    {"LRU, nothing ahead", false, false, false, false},
    {"+ budget of first chunks", true, false, false, false},
    {"+ chunks ahead", true, true, false, false},
    {"+ the next track", true, true, true, false},
    {"+ every night the most played", true, true, true, true},
};

struct Counts {
    std::int64_t starts = 0, warmStarts = 0;
    std::int64_t jumps = 0, warmJumps = 0;
    std::int64_t reads = 0, warmReads = 0;
    std::int64_t renders = 0, wasted = 0;
};

/// One server over the week.
class Household {
  public:
    Household(const Collection& collection, const std::vector<std::vector<Step>>& weeks,
              const Policy& policy, std::int64_t cacheBytes)
        : collection_(collection), weeks_(weeks), policy_(policy), cacheBytes_(cacheBytes),
          catalog_(policy.firstChunks ? ChunkCatalog::Budgets{cacheBytes, cacheBytes / 4}
                                      : ChunkCatalog::Budgets{cacheBytes + cacheBytes / 4, 0},
                   [this] { return static_cast<std::int64_t>(now_ * kNsPerSecond); }) {}

    Counts run();

  private:
    /// Who acts next, and when.
    struct Turn {
        double time = 0;
        std::size_t listener = 0;
        bool operator>(const Turn& other) const { return time > other.time; }
    };
    struct State {
        std::size_t step = 0;
        std::int64_t chunk = -1; ///< being heard; -1: the step is about to begin
    };

    chunk::ChunkGeometry geometryOf(const library::Track& track) const {
        return {track.sampleRateHz,
                static_cast<std::int64_t>(track.durationSeconds * track.sampleRateHz)};
    }
    static ChunkKey keyOf(const library::Track& track, std::int64_t chunk) {
        return {.high = static_cast<std::uint64_t>(track.id),
                .low = static_cast<std::uint64_t>(chunk)};
    }
    std::int64_t payloadOf(const library::Track& track, std::int64_t chunk) const {
        return chunk::ChunkLayout(geometryOf(track),
                                  {.sampleRateHz = track.sampleRateHz,
                                   .numChannels = track.numChannels,
                                   .pcm = encode::PcmFormat::Int16},
                                  chunk)
            .payloadBytes();
    }

    void render(const library::Track& track, std::int64_t chunk);
    /// @return whether it was there
    bool read(const library::Track& track, std::int64_t chunk);
    void readAhead(const library::Track& track, std::int64_t chunk);
    void lookAhead(const Step& step);
    void nights(double until);
    std::optional<double> act(Turn turn);
    void gone(const std::vector<ChunkKey>& keys);

    const Collection& collection_;
    const std::vector<std::vector<Step>>& weeks_;
    const Policy policy_;
    const std::int64_t cacheBytes_;
    double now_ = kNsPerSecond; ///< the catalogue's clock, in seconds since 1970
    ChunkCatalog catalog_;
    std::unordered_map<ChunkKey, bool, Hash128Hasher> wasRead_; ///< of what is there
    std::unordered_map<std::size_t, std::int64_t> plays_;
    std::vector<State> states_;
    std::int64_t playing_ = 0;
    double nextNight_ = kNight;
    Counts counts_;
};

void Household::gone(const std::vector<ChunkKey>& keys) {
    for (const ChunkKey& key : keys) {
        const auto it = wasRead_.find(key);
        counts_.wasted += it != wasRead_.end() && !it->second;
        wasRead_.erase(key);
    }
}

void Household::render(const library::Track& track, std::int64_t chunk) {
    const ChunkKey key = keyOf(track, chunk);
    const bool isFirst = policy_.firstChunks && chunk == 0;
    catalog_.publish({.key = key,
                      .payloadBytes = payloadOf(track, chunk),
                      .budget = isFirst ? Budget::FirstChunk : Budget::General},
                     nullptr);
    ++counts_.renders;
    wasRead_[key] = false;
    while (const auto fresh = catalog_.takeUnsettled())
        catalog_.settle(fresh->key, fresh->createdNs);
    gone(catalog_.takeVictims());
    (void)catalog_.takeChanges();
}

bool Household::read(const library::Track& track, std::int64_t chunk) {
    const bool isThere = catalog_.touch(keyOf(track, chunk)).known;
    if (!isThere)
        render(track, chunk);
    if (const auto it = wasRead_.find(keyOf(track, chunk)); it != wasRead_.end())
        it->second = true;
    ++counts_.reads;
    counts_.warmReads += isThere;
    return isThere;
}

void Household::readAhead(const library::Track& track, std::int64_t chunk) {
    if (!policy_.ahead)
        return;
    const int ahead = PrefetchPolicy::chunksAhead(cacheBytes_, playing_, payloadOf(track, chunk));
    const std::int64_t last = std::min(chunk + ahead, geometryOf(track).numChunks() - 1);
    for (std::int64_t i = chunk + 1; i <= last; ++i)
        if (!catalog_.contains(keyOf(track, i)))
            render(track, i);
}

void Household::lookAhead(const Step& step) {
    if (!policy_.next)
        return;
    const std::vector<library::Track>& tracks = collection_.tracks;
    std::int64_t next = step.told;
    if (next < 0 && step.track + 1 < tracks.size() &&
        PrefetchPolicy::isNextOfAlbum(tracks[step.track], tracks[step.track + 1]))
        next = static_cast<std::int64_t>(step.track) + 1;
    if (next < 0)
        return;
    const library::Track& track = tracks[static_cast<std::size_t>(next)];
    for (std::int64_t chunk = 0; chunk < PrefetchPolicy::kChunksOfNext; ++chunk)
        if (!catalog_.touch(keyOf(track, chunk)).known)
            render(track, chunk);
}

void Household::nights(double until) {
    for (; policy_.nightly && nextNight_ < until; nextNight_ += kDay) {
        std::vector<std::pair<std::int64_t, std::size_t>> order;
        for (const auto& [track, plays] : plays_)
            order.emplace_back(-plays, track);
        std::sort(order.begin(), order.end());
        const auto first = payloadOf(collection_.tracks.front(), 0);
        // A pre-warming never pushes out what it has warmed itself.
        const auto room = static_cast<std::size_t>(cacheBytes_ / 4 / cache::fileBytes(first));
        order.resize(std::min({order.size(), kNightlyTracks, room}));
        for (const auto& [plays, track] : order)
            if (!catalog_.touch(keyOf(collection_.tracks[track], 0)).known)
                render(collection_.tracks[track], 0);
    }
}

/// @return when this listener acts again
std::optional<double> Household::act(Turn turn) {
    State& state = states_[turn.listener];
    const std::vector<Step>& steps = weeks_[turn.listener];
    const Step& step = steps[state.step];
    const library::Track& track = collection_.tracks[step.track];
    const chunk::ChunkGeometry geometry = geometryOf(track);
    const auto chunkAt = [&](double seconds) {
        return std::min(static_cast<std::int64_t>(seconds / chunk::kChunkSeconds),
                        geometry.numChunks() - 1);
    };
    const std::int64_t first = chunkAt(step.fromSeconds);
    const double end = step.fromSeconds + step.seconds;
    const bool begins = state.chunk < 0;
    state.chunk = begins ? first : state.chunk + 1;
    playing_ += begins ? 1 : 0;
    const bool isThere = read(track, state.chunk);
    if (begins) {
        (first == 0 ? counts_.starts : counts_.jumps) += 1;
        (first == 0 ? counts_.warmStarts : counts_.warmJumps) += isThere;
        lookAhead(step);
        if (library::countsAsPlayed(step.seconds, track.durationSeconds))
            ++plays_[step.track];
    }
    readAhead(track, state.chunk);
    const double chunkEnd = static_cast<double>(state.chunk + 1) * chunk::kChunkSeconds;
    const double from =
        begins ? step.fromSeconds : static_cast<double>(state.chunk) * chunk::kChunkSeconds;
    if (chunkEnd < end && state.chunk + 1 < geometry.numChunks())
        return turn.time + chunkEnd - from;
    --playing_;
    state.chunk = -1;
    if (++state.step == steps.size())
        return std::nullopt;
    return turn.time + (end - from) + steps[state.step].pauseSeconds;
}

Counts Household::run() {
    std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
    states_.resize(weeks_.size());
    for (std::size_t i = 0; i < weeks_.size(); ++i)
        if (!weeks_[i].empty())
            turns.push({weeks_[i].front().pauseSeconds, i});
    while (!turns.empty()) {
        const Turn turn = turns.top();
        turns.pop();
        nights(turn.time);
        now_ = kNsPerSecond + turn.time;
        if (const auto again = act(turn))
            turns.push({*again, turn.listener});
    }
    for (const auto& [key, wasRead] : wasRead_)
        counts_.wasted += !wasRead;
    return counts_;
}

double percent(std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace
} // namespace segue::bench

int main(int argc, char** argv) {
    using namespace segue::bench;
    CLI::App app("A simulated week of listening: how often the cache has what is asked for.");
    std::size_t numTracks = 3000, listeners = 4;
    std::vector<std::uint64_t> sizes{std::uint64_t{1} << 30, std::uint64_t{4} << 30,
                                     std::uint64_t{16} << 30};
    std::uint64_t seed = 1;
    app.add_option("--tracks", numTracks, "Tracks of the library")->capture_default_str();
    app.add_option("--listeners", listeners, "People")->capture_default_str();
    app.add_option("--cache-size", sizes, "As segue serve has it; may be given several times")
        ->transform(CLI::AsSizeValue(false));
    app.add_option("--seed", seed, "Another week")->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    std::mt19937_64 random(seed);
    const Collection collection = makeCollection(numTracks, random);
    std::vector<std::vector<Step>> weeks;
    double hours = 0;
    for (std::size_t i = 0; i < listeners; ++i) {
        weeks.push_back(Listener(collection, seed * 1000 + i).week());
        for (const Step& step : weeks.back())
            hours += step.seconds / 3600;
    }
    std::printf("%zu tracks, %zu albums, %zu listeners, %.0f hours heard, seed %llu\n",
                collection.tracks.size(), collection.albums.size(), listeners, hours,
                static_cast<unsigned long long>(seed));
    for (const std::uint64_t size : sizes) {
        std::printf("\ncache %.2f GiB and a quarter for first chunks\n%-30s %8s %8s %8s %8s %8s\n",
                    static_cast<double>(size) / (1 << 30), "", "starts", "jumps", "chunks",
                    "renders", "wasted");
        for (const Policy& policy : kPolicies) {
            const Counts counts =
                Household(collection, weeks, policy, static_cast<std::int64_t>(size)).run();
            std::printf(
                "%-30s %7.1f%% %7.1f%% %7.1f%% %8lld %7.1f%%\n", policy.name,
                percent(counts.warmStarts, counts.starts), percent(counts.warmJumps, counts.jumps),
                percent(counts.warmReads, counts.reads), static_cast<long long>(counts.renders),
                percent(counts.wasted, counts.renders));
        }
    }
    std::printf(
        "\nstarts, jumps, chunks: share that was there when it was asked for. wasted: share "
        "of the renders that nobody heard before they went, or by the end.\n");
    return 0;
}
