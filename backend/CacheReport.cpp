// Adds up what the store knows of its chunks (what is there now) and of their use (since the cache
// was made) by track and by preset. Pure but for the names, which the library is asked for; called
// by connection threads and by the command line.
#include "backend/CacheReport.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "processing/chunk/ChunkGeometry.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;

/// Music in a chunk's body; 0 when nobody said what it is.
double secondsOf(const cache::ChunkAbout& about) {
    if (about.sampleRateHz <= 0 || about.numFrames <= 0)
        return 0;
    const chunk::ChunkGeometry geometry(about.sampleRateHz, about.numFrames);
    if (about.chunk >= geometry.numChunks())
        return 0;
    return static_cast<double>(geometry.body(about.chunk).length()) / about.sampleRateHz;
}

void add(CacheFigures& sum, const CacheFigures& more) {
    sum.chunks += more.chunks;
    sum.bytes += more.bytes;
    sum.seconds += more.seconds;
    sum.hits += more.hits;
    sum.misses += more.misses;
    sum.rendersSaved += more.rendersSaved;
    sum.published += more.published;
    sum.evicted += more.evicted;
}

Json jsonOf(const CacheFigures& figures) {
    const auto rate = figures.hitRate();
    return {{"chunks", figures.chunks},
            {"bytes", figures.bytes},
            {"seconds", figures.seconds},
            {"hits", figures.hits},
            {"misses", figures.misses},
            {"hitRate", rate ? Json(*rate) : Json(nullptr)},
            {"rendersSaved", figures.rendersSaved},
            {"published", figures.published},
            {"evicted", figures.evicted}};
}

} // namespace

std::optional<double> CacheFigures::hitRate() const {
    if (hits + misses == 0)
        return std::nullopt;
    return static_cast<double>(hits) / static_cast<double>(hits + misses);
}

CacheReport reportOf(const cache::ChunkStore& store, const library::Library* library,
                     std::size_t mostTracks) {
    std::map<std::pair<Hash128, std::string>, CacheFigures> parts;
    for (const cache::ChunkInfo& chunk : store.list())
        add(parts[{chunk.about.source, chunk.about.preset}],
            {.chunks = 1, .bytes = chunk.bytes, .seconds = secondsOf(chunk.about)});
    for (const cache::Usage& usage : store.usage())
        add(parts[{usage.source, usage.preset}], {.hits = usage.hits,
                                                  .misses = usage.misses,
                                                  .rendersSaved = usage.rendersSaved,
                                                  .published = usage.published,
                                                  .evicted = usage.evicted});
    CacheReport report;
    report.store = store.stats();
    std::map<std::string, CacheFigures> presets;
    for (const auto& [key, figures] : parts) {
        add(report.all, figures);
        add(presets[key.second], figures);
        report.tracks.push_back({key.first, key.second, figures, std::nullopt});
    }
    for (const auto& [preset, figures] : presets)
        report.presets.push_back({{}, preset, figures, std::nullopt});
    const auto larger = [](const CacheReport::Part& a, const CacheReport::Part& b) {
        return std::pair(a.figures.bytes, a.figures.hits) >
               std::pair(b.figures.bytes, b.figures.hits);
    };
    std::stable_sort(report.presets.begin(), report.presets.end(), larger);
    std::stable_sort(report.tracks.begin(), report.tracks.end(), larger);
    if (report.tracks.size() > mostTracks) {
        report.tracksLeftOut = report.tracks.size() - mostTracks;
        report.tracks.resize(mostTracks);
    }
    if (library)
        for (CacheReport::Part& part : report.tracks)
            if (auto track = library->trackOf(part.source))
                part.track = std::move(*track);
    return report;
}

std::string sizeText(std::int64_t bytes) {
    constexpr std::array kUnits{"bytes", "KiB", "MiB", "GiB", "TiB"};
    auto amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (amount >= 1024 && unit + 1 < kUnits.size()) {
        amount /= 1024;
        ++unit;
    }
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), unit > 0 && amount < 99.95 ? "%.1f %s" : "%.0f %s",
                  amount, kUnits[unit]);
    return text.data();
}

std::string gaugeOf(const CacheReport& report) {
    const cache::StoreStats& store = report.store;
    std::string text = sizeText(store.bytes) + " of " + sizeText(store.budgetBytes) + ", and " +
                       sizeText(store.firstChunkBytes) + " of " +
                       sizeText(store.firstChunkBudgetBytes) + " for first chunks, in " +
                       std::to_string(store.chunks) + " chunks";
    if (const auto rate = report.all.hitRate()) {
        std::array<char, 64> percent{};
        std::snprintf(percent.data(), percent.size(), "; %.0f %% of look-ups found their chunk",
                      100 * *rate);
        text += percent.data();
    }
    return text;
}

std::string toJson(const CacheReport& report) {
    const cache::StoreStats& store = report.store;
    Json json{{"gauge", gaugeOf(report)},
              {"generalBytes", store.bytes},
              {"generalBudgetBytes", store.budgetBytes},
              {"firstChunkBytes", store.firstChunkBytes},
              {"firstChunkBudgetBytes", store.firstChunkBudgetBytes},
              {"bytesPerMinute",
               report.all.seconds > 0
                   ? Json(60 * static_cast<double>(report.all.bytes) / report.all.seconds)
                   : Json(nullptr)},
              {"all", jsonOf(report.all)}};
    json["presets"] = Json::array();
    for (const CacheReport::Part& part : report.presets) {
        Json one{{"preset", part.preset}};
        one.update(jsonOf(part.figures));
        json["presets"].push_back(std::move(one));
    }
    json["tracks"] = Json::array();
    for (const CacheReport::Part& part : report.tracks) {
        Json one{{"trackId", part.track ? Json(std::to_string(part.track->id)) : Json(nullptr)},
                 {"artist", part.track ? Json(part.track->artist) : Json(nullptr)},
                 {"title", part.track ? Json(part.track->title) : Json(nullptr)},
                 {"content", part.source.hex()},
                 {"preset", part.preset}};
        one.update(jsonOf(part.figures));
        json["tracks"].push_back(std::move(one));
    }
    json["tracksLeftOut"] = report.tracksLeftOut;
    // Titles are valid UTF-8; a preset's name comes from a file.
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace segue::backend
