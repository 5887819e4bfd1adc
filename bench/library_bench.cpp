// What bench/library runs: one library scanned into a fresh database and asked for pages and
// searches, with time and memory of each. Prints one JSON object; bench/library/run adds the rest.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "library/Library.h"

namespace {

using namespace segue;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

double secondsSince(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// MB, the most that this process ever had in memory.
double peakMb() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:"))
            return std::stod(line.substr(6)) / 1024;
    return 0;
}

/// Of the thread. On a machine that others use this is what a wait would be without them, as long
/// as the system has the database's pages in memory.
double cpuMs() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

struct Times {
    std::vector<double> ms, cpu;
    void add(const Times& other) {
        ms.insert(ms.end(), other.ms.begin(), other.ms.end());
        cpu.insert(cpu.end(), other.cpu.begin(), other.cpu.end());
    }
};

class Watch {
  public:
    void addTo(Times& times) const {
        times.cpu.push_back(cpuMs() - cpu_);
        times.ms.push_back(secondsSince(begin_) * 1000);
    }

  private:
    Clock::time_point begin_ = Clock::now();
    double cpu_ = cpuMs();
};

Json percentiles(std::vector<double> ms) {
    std::sort(ms.begin(), ms.end());
    const auto at = [&](double part) {
        return ms[std::min(ms.size() - 1,
                           static_cast<std::size_t>(part * static_cast<double>(ms.size())))];
    };
    return {{"count", ms.size()}, {"p50Ms", at(0.5)}, {"p95Ms", at(0.95)}, {"maxMs", ms.back()}};
}

Json percentiles(const Times& times) {
    Json figures = percentiles(times.ms);
    figures["cpuP95Ms"] = percentiles(times.cpu)["p95Ms"];
    figures["cpuMaxMs"] = percentiles(times.cpu)["maxMs"];
    return figures;
}

template <typename T>
T valueOf(Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "%s\n", result.error().message.c_str());
        std::exit(1);
    }
    return std::move(*result);
}

Json scan(library::Library& library, library::ScanDepth depth) {
    const std::atomic<bool> cancel{false};
    const auto begin = Clock::now();
    const auto report = valueOf(library.scan({}, cancel, {.depth = depth}));
    const double seconds = secondsSince(begin);
    return {{"seconds", seconds},
            {"filesSeen", report.counts.filesSeen},
            {"filesRead", report.counts.filesRead},
            {"skipped", report.counts.skipped},
            {"perSecond", static_cast<double>(report.counts.filesSeen) / seconds},
            {"peakMb", peakMb()}};
}

/// Some pages of a listing, one after the other.
template <typename Listing>
void walk(const library::Library& library, Listing listing, int pages, Times& times) {
    for (int i = 0; i < pages; ++i) {
        const Watch watch;
        auto page = valueOf(library.browse(listing));
        watch.addTo(times);
        if (page.next.empty())
            return;
        listing.page.cursor = page.next;
    }
}

Json pages(const library::Library& library) {
    using namespace library;
    Json all;
    Times total;
    const auto measure = [&](const std::string& name, const auto& listing) {
        Times times;
        walk(library, listing, 20, times);
        total.add(times);
        all[name] = percentiles(times);
    };
    const auto genres = valueOf(library.browse(GenreListing{.sort = NameSort::Tracks, .page = {}}));
    const auto artists = valueOf(library.browse(
        ArtistListing{.sort = NameSort::Tracks, .direction = Direction::Down, .page = {}}));
    for (int sort = 0; sort <= static_cast<int>(TrackSort::Random); ++sort)
        for (const Direction direction : {Direction::Up, Direction::Down}) {
            TrackListing listing;
            listing.sort = static_cast<TrackSort>(sort);
            listing.direction = direction;
            listing.seed = 7;
            const std::string name =
                std::to_string(sort) + (direction == Direction::Up ? " up" : " down");
            measure("tracks " + name, listing);
            if (!genres.items.empty()) {
                listing.genre = genres.items.front().id;
                measure("tracks of the rarest genre " + name, listing);
                listing.genre = genres.items.back().id;
                measure("tracks of the commonest genre " + name, listing);
                listing.genre = 0;
            }
            if (!artists.items.empty()) {
                listing.artist = artists.items.front().id;
                measure("tracks of the commonest artist " + name, listing);
                listing.artist = 0;
            }
            listing.yearFrom = listing.yearTo = 1999;
            measure("tracks of 1999 " + name, listing);
            listing.yearFrom = listing.yearTo = 0;
            listing.played = Played::Never;
            measure("tracks never played " + name, listing);
        }
    for (int sort = 0; sort <= static_cast<int>(AlbumSort::Random); ++sort) {
        AlbumListing listing;
        listing.sort = static_cast<AlbumSort>(sort);
        measure("albums " + std::to_string(sort), listing);
        if (!genres.items.empty()) {
            listing.genre = genres.items.front().id;
            measure("albums of the rarest genre " + std::to_string(sort), listing);
        }
    }
    for (int sort = 0; sort <= static_cast<int>(NameSort::Albums); ++sort) {
        ArtistListing listing;
        listing.sort = static_cast<NameSort>(sort);
        measure("artists " + std::to_string(sort), listing);
    }
    Json slowest = Json::object();
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [name, figures] : all.items())
        order.emplace_back(figures["cpuP95Ms"].get<double>(), name);
    std::sort(order.rbegin(), order.rend());
    for (std::size_t i = 0; i < std::min<std::size_t>(12, order.size()); ++i)
        slowest[order[i].second] = all[order[i].second];
    return {{"all", percentiles(total)}, {"slowest", slowest}};
}

/// What people type, letter by letter: titles and artists of the library itself, and common words.
Json searches(const library::Library& library) {
    library::TrackListing listing;
    listing.sort = library::TrackSort::Random;
    listing.seed = 3;
    const auto sample = valueOf(library.browse(listing));
    std::vector<std::string> queries{"the", "love", "the love", "th", "lo", "m", "of the night"};
    std::mt19937 random(1);
    for (const library::Track& track : sample.items) {
        for (const std::string& text :
             {track.title, track.artist, track.artist + " " + track.title})
            for (std::size_t length = 1; length < text.size(); length += 1 + random() % 3)
                if ((text[length] & 0xC0) != 0x80) // nobody types half a letter
                    queries.push_back(text.substr(0, length));
    }
    Times times;
    std::vector<std::pair<double, std::string>> order;
    for (const std::string& query : queries) {
        const Watch watch;
        valueOf(library.search(query, 20));
        watch.addTo(times);
        order.emplace_back(times.cpu.back(), query);
    }
    std::sort(order.rbegin(), order.rend());
    Json slowest = Json::object();
    for (std::size_t i = 0; i < std::min<std::size_t>(8, order.size()); ++i)
        slowest[order[i].second] = order[i].first;
    return {{"all", percentiles(times)}, {"slowest", slowest}};
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: segue_library_bench MUSIC DATABASE [keep | scan | ask]\n");
        return 2;
    }
    const std::filesystem::path music = argv[1];
    const std::filesystem::path database = argv[2];
    const std::string_view mode = argc > 3 ? argv[3] : "";
    const bool keep = mode == "keep" || mode == "ask";
    if (!keep)
        for (const char* suffix : {"", "-wal", "-shm", "-scan"})
            std::filesystem::remove(database.string() + suffix);
    const auto library = valueOf(library::Library::open(database, {music}));
    Json result;
    if (!keep)
        result["firstScan"] = scan(*library, library::ScanDepth::Files);
    if (mode == "scan") { // to be looked at with a profiler
        std::printf("%s\n", result.dump(2).c_str());
        return 0;
    }
    if (mode != "ask") {
        result["rescanOfFolders"] = scan(*library, library::ScanDepth::Folders);
        result["rescanOfFiles"] = scan(*library, library::ScanDepth::Files);
    }
    result["tracks"] = valueOf(library->trackCount());
    result["databaseMb"] = static_cast<double>(std::filesystem::file_size(database)) / (1 << 20);
    result["pages"] = pages(*library);
    result["searches"] = searches(*library);
    std::printf("%s\n", result.dump(2).c_str());
    return 0;
}
