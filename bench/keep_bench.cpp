// What keeping costs at scale, one thread: nearest neighbours among so many tracks, and playlists
// of so many entries in a database on disk. The targets are in docs/LIBRARY.md.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "backend/SimilarityIndex.h"
#include "library/Database.h"
#include "library/DatabaseAccess.h"
#include "library/Library.h"
#include "library/Playlists.h"
#include "library/SmartRules.h"

namespace {

using namespace segue;
using Clock = std::chrono::steady_clock;

double msSince(Clock::time_point begun) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
}

/// Runs `work` so often and prints the median and the 95th percentile.
void measure(const char* what, int times, const std::function<void(int)>& work) {
    std::vector<double> ms;
    for (int i = 0; i < times; ++i) {
        const auto begun = Clock::now();
        work(i);
        ms.push_back(msSince(begun));
    }
    std::sort(ms.begin(), ms.end());
    std::printf("%-48s p50 %8.2f ms  p95 %8.2f ms\n", what, ms[ms.size() / 2],
                ms[ms.size() * 95 / 100]);
}

void measureSimilarity(int tracks) {
    std::mt19937 random(1);
    std::normal_distribution<float> value(0, 4);
    backend::SimilarityIndex index;
    const auto begun = Clock::now();
    for (int i = 1; i <= tracks; ++i) {
        library::TrackFeatures features{
            i, static_cast<std::uint64_t>(1 + i / 12), static_cast<std::uint64_t>(i), {}};
        features.vector.resize(analysis::kNumFeatures);
        std::generate(features.vector.begin(), features.vector.end(),
                      [&] { return value(random); });
        index.add(features);
    }
    index.complete();
    std::printf("%d tracks of %zu numbers, index made in %.0f ms\n", tracks, analysis::kNumFeatures,
                msSince(begun));
    const auto id = [&](int i) { return 1 + static_cast<std::int64_t>(i) * 7919 % tracks; };
    measure("20 similar tracks", 60, [&](int i) { index.similar(id(i), 20); });
    measure("a radio of 500", 60, [&](int i) { index.radio(id(i), 1, 500); });
}

int measureLibrary(const std::filesystem::path& database) {
    std::vector<std::filesystem::path> roots; // as it was opened last
    if (const auto connection = library::Connection::open(database, library::Access::ReadOnly)) {
        library::Statement select = (*connection)->prepare("SELECT path FROM root");
        while (select.step().value_or(false))
            roots.emplace_back(select.blobAt(0));
    }
    const auto opened = library::Library::open(database, roots);
    if (!opened) {
        std::fprintf(stderr, "%s\n", opened.error().message.c_str());
        return 1;
    }
    library::Library& library = **opened;
    const auto ids = library.access().read([](library::Connection& connection) {
        return connection.queryInt("SELECT coalesce(min(id), 0) FROM track");
    });
    library::Playlists playlists(library.access());
    const library::NewPlaylist made{
        "bench", "", {}, std::vector<library::TrackId>(10'000, ids.value_or(0))};
    const auto playlist = playlists.create(library::kOnlyUser, made, 1);
    if (!playlist) {
        std::fprintf(stderr, "%s\n", playlist.error().message.c_str());
        return 1;
    }
    const library::PlaylistEdit edit{library::kOnlyUser, playlist->id, 1, {}};
    const auto entries = playlists.entries(library::kOnlyUser, playlist->id, {}, 10'000).value();
    measure("move 10 of 10000 entries to one spot", 300, [&](int i) {
        std::vector<library::EntryId> moved;
        for (int k = 0; k < 10; ++k)
            moved.push_back(entries[static_cast<std::size_t>(100 + (i * 10 + k) % 9000)].id);
        if (!playlists.move(edit, moved, entries[50].id))
            std::abort();
    });
    measure("a page of 100 of 10000 entries", 300, [&](int i) {
        playlists.entries(library::kOnlyUser, playlist->id,
                          entries[static_cast<std::size_t>(i)].place, 100);
    });
    if (!playlists.remove(edit))
        return 1;
    const char* rules[] = {
        R"({"order": [{"by": "playCount", "direction": "descending"}], "limit": {"tracks": 100}})",
        R"({"match": {"field": "genre", "operator": "is", "value": "Jazz"}, "order": {"random": 1}})",
        R"({"match": {"all": [{"field": "title", "operator": "contains", "value": "love"},
            {"field": "year", "operator": "gt", "value": 1990}]}})",
        R"({"match": {"field": "rating", "operator": "gt", "value": 3}})"};
    for (const char* text : rules) {
        const auto parsed = library::SmartRules::parse(text);
        measure(std::string(text).substr(0, 48).c_str(), 5, [&](int) {
            if (!parsed->tracks(library.access(), library::kOnlyUser, 1'700'000'000'000))
                std::abort();
        });
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("What keeping costs at scale", "segue_keep_bench");
    int tracks = 1'000'000;
    std::filesystem::path database;
    app.add_option("--tracks", tracks, "How many tracks are compared")->capture_default_str();
    app.add_option("--library", database,
                   "A library.db with tracks, to try playlists in; it is "
                   "left as it was");
    CLI11_PARSE(app, argc, argv);
    measureSimilarity(tracks);
    return database.empty() ? 0 : measureLibrary(database);
}
