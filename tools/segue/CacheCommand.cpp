// `segue cache`: opens the data folder beside a server that may be running (DataFolder::beside), so
// that it sees the same tracks and keeps to the same budgets. Verifying needs no store and reads
// the files themselves. What is for people goes to stdout in lines, for programs as one JSON
// object.
#include "tools/segue/CacheCommand.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "backend/CacheReport.h"
#include "backend/DataFolder.h"
#include "cache/VerifyChunks.h"
#include "tools/segue/AnalysisText.h"
#include "tools/segue/AudioFiles.h"
#include "tools/segue/CacheExport.h"
#include "tools/segue/Interrupt.h"
#include "tools/segue/ProgressBar.h"

namespace segue::tools {
namespace {

using Json = nlohmann::ordered_json;
using backend::CacheReport;
using backend::sizeText;

constexpr int kExitFailed = 1;
constexpr int kExitWrongSettings = 2;
constexpr int kMostMatches = 1000;
constexpr int kGaugeColumns = 30;

int complain(const Error& error) {
    std::fprintf(stderr, "segue cache: %s\n", printable(error.message).c_str());
    return error.code == ErrorCode::InvalidArgument ? kExitWrongSettings : kExitFailed;
}

void print(const Json& json) {
    std::printf("%s\n", json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string nameOf(const CacheReport::Part& part) {
    if (!part.track)
        return "(not in the library) " + part.source.hex().substr(0, 12);
    return printable(part.track->artist.empty() ? part.track->title
                                                : part.track->artist + " - " + part.track->title);
}

std::string percent(const std::optional<double>& part) {
    return part ? std::to_string(std::lround(100 * *part)) + " %" : "-";
}

void printParts(const char* title, const std::vector<CacheReport::Part>& parts, bool tracks) {
    if (parts.empty())
        return;
    std::printf("\n%-10s %7s %10s %8s %8s %8s %8s %8s\n", title, "chunks", "size", "hits", "misses",
                "rate", "saved", "evicted");
    for (const CacheReport::Part& part : parts) {
        const backend::CacheFigures& f = part.figures;
        std::printf("%-10s %7lld %10s %8lld %8lld %8s %8lld %8lld%s%s\n",
                    printable(part.preset).c_str(), static_cast<long long>(f.chunks),
                    sizeText(f.bytes).c_str(), static_cast<long long>(f.hits),
                    static_cast<long long>(f.misses), percent(f.hitRate()).c_str(),
                    static_cast<long long>(f.rendersSaved), static_cast<long long>(f.evicted),
                    tracks ? "  " : "", tracks ? nameOf(part).c_str() : "");
    }
}

/// `[######........]`
std::string gauge(std::int64_t bytes, std::int64_t budget) {
    const double part =
        budget > 0 ? std::clamp(static_cast<double>(bytes) / static_cast<double>(budget), 0.0, 1.0)
                   : 0.0;
    const int full = static_cast<int>(std::lround(part * kGaugeColumns));
    return "[" + std::string(static_cast<std::size_t>(full), '#') +
           std::string(static_cast<std::size_t>(kGaugeColumns - full), '.') + "]";
}

void printReport(const CacheReport& report) {
    const backend::CacheFigures& all = report.all;
    std::printf("%s %s\n", gauge(report.store.bytes, report.store.budgetBytes).c_str(),
                backend::gaugeOf(report).c_str());
    std::printf("Music    %s", durationText(all.seconds).c_str());
    if (all.seconds > 0)
        std::printf(
            ", %s a minute",
            sizeText(static_cast<std::int64_t>(60 * static_cast<double>(all.bytes) / all.seconds))
                .c_str());
    std::printf("\nUse      %lld hits, %lld misses (%s found); %lld renders saved; %lld rendered, "
                "%lld evicted\n",
                static_cast<long long>(all.hits), static_cast<long long>(all.misses),
                percent(all.hitRate()).c_str(), static_cast<long long>(all.rendersSaved),
                static_cast<long long>(all.published), static_cast<long long>(all.evicted));
    printParts("preset", report.presets, false);
    printParts("preset", report.tracks, true);
    if (report.tracksLeftOut > 0)
        std::printf("and %zu more; --tracks shows more\n", report.tracksLeftOut);
}

/// Tracks by their number in the library, or by words of title, artist or album.
Result<std::vector<library::Track>> tracksNamed(const library::Library& library,
                                                const std::string& name) {
    if (!name.empty() && name.find_first_not_of("0123456789") == std::string::npos &&
        name.size() < 19) {
        auto track = library.track(std::stoll(name));
        if (!track)
            return fail(ErrorCode::InvalidArgument, "--track: there is no track " + name);
        return std::vector{std::move(*track)};
    }
    auto found = library.tracks({.search = name, .limit = kMostMatches});
    if (found && found->empty())
        return fail(ErrorCode::InvalidArgument, "--track: no track is called '" + name + "'");
    return found;
}

Result<std::vector<library::Track>> tracksOfAlbum(const library::Library& library,
                                                  const std::string& album) {
    auto found = library.tracks({.search = album, .limit = kMostMatches});
    if (!found)
        return found;
    std::erase_if(*found, [&](const auto& track) { return lower(track.album) != lower(album); });
    if (found->empty())
        return fail(ErrorCode::InvalidArgument, "--album: no album is called '" + album + "'");
    return found;
}

/// What became of the streams of an export.
struct Exported {
    std::vector<std::string> files, thereAlready, problems;
    struct Incomplete {
        std::string name;
        std::int64_t chunks, of;
    };
    std::vector<Incomplete> incomplete;
};

/// A name that no other stream of this export has.
std::string freshName(const CachedStream& stream, const library::Library* library,
                      std::set<std::string>& taken) {
    std::optional<library::Track> track;
    if (library)
        track = library->trackOf(stream.about.source).value_or(std::nullopt);
    std::string name = exportName(stream, track ? &*track : nullptr);
    if (!taken.insert(lower(name)).second) // another track is called the same
        name.insert(name.size() - 4, " " + stream.about.source.hex().substr(0, 8));
    return name;
}

Exported exportTo(const std::filesystem::path& folder, const std::vector<CachedStream>& streams,
                  cache::ChunkStore& store, const library::Library* library,
                  encode::Overwrite overwrite, const std::atomic<bool>& cancel) {
    Exported exported;
    std::set<std::string> taken;
    ProgressBar bar("Exporting");
    for (std::size_t i = 0; i < streams.size() && !cancel; ++i) {
        const CachedStream& stream = streams[i];
        const std::string name = freshName(stream, library, taken);
        const std::filesystem::path path = folder / name;
        std::error_code ignored;
        if (!stream.complete()) {
            exported.incomplete.push_back(
                {name, stream.present(), static_cast<std::int64_t>(stream.chunks.size())});
            continue;
        }
        if (overwrite == encode::Overwrite::No && std::filesystem::exists(path, ignored)) {
            exported.thereAlready.push_back(path.string());
            continue;
        }
        const auto progress = [&](double part) {
            bar.update((static_cast<double>(i) + part) / static_cast<double>(streams.size()), name);
        };
        if (const auto done = exportStream(store, stream, path, overwrite, progress, cancel); done)
            exported.files.push_back(path.string());
        else if (!cancel)
            exported.problems.push_back(done.error().message);
    }
    bar.clear();
    return exported;
}

void print(const Exported& exported) {
    for (const std::string& file : exported.files)
        std::printf("%s\n", printable(file).c_str());
    if (!exported.thereAlready.empty())
        std::fprintf(stderr, "%zu are there already; --overwrite replaces them\n",
                     exported.thereAlready.size());
    if (exported.incomplete.empty())
        return;
    std::fprintf(stderr, "Not whole in the cache; play or prewarm them to the end first:\n");
    for (const Exported::Incomplete& stream : exported.incomplete)
        std::fprintf(stderr, "  %s: %lld of %lld chunks\n", printable(stream.name).c_str(),
                     static_cast<long long>(stream.chunks), static_cast<long long>(stream.of));
}

Json jsonOf(const Exported& exported) {
    Json json{{"exported", exported.files}, {"thereAlready", exported.thereAlready}};
    json["incomplete"] = Json::array();
    for (const Exported::Incomplete& stream : exported.incomplete)
        json["incomplete"].push_back(
            {{"name", stream.name}, {"chunks", stream.chunks}, {"of", stream.of}});
    json["problems"] = exported.problems;
    return json;
}

} // namespace

CacheCommand::CacheCommand(CLI::App& app)
    : command_(app.add_subcommand("cache", "Look at, check, clear or export what was rendered")),
      data_(*command_) {
    command_->require_subcommand(1);
    addStats();
    addVerify();
    addClear();
    addExport();
    for (CLI::App* part : {stats_, verify_, clear_, export_}) {
        part->fallthrough(); // --data may stand anywhere
        part->add_flag("--json", json_, "For programs");
    }
    command_->footer("All of it works while the server runs, and without it.\n\n"
                     "Examples:\n"
                     "  segue cache stats\n"
                     "  segue cache verify --data /srv/segue\n"
                     "  segue cache clear --preset warm --older-than 30d --dry-run\n"
                     "  segue cache export --track \"blue in green\" -o ~/Mastered");
}

void CacheCommand::addStats() {
    stats_ = command_->add_subcommand("stats", "How full it is, and what it is good for");
    stats_->add_option("--tracks", mostTracks_, "List so many tracks")->capture_default_str();
    stats_->footer("A hit is a chunk (30 s of music) that a player wanted and that was there. A "
                   "render is saved when nobody had it open besides.\n\n"
                   "Examples:\n"
                   "  segue cache stats --tracks 100\n"
                   "  segue cache stats --json | jq .all.hitRate");
}

void CacheCommand::addVerify() {
    verify_ = command_->add_subcommand("verify", "Read every chunk and check every byte");
    verify_->add_flag("--dry-run", dryRun_, "Only tell; otherwise wrong chunks are removed");
    verify_->footer("Nothing wrong is ever played: each block is checked again when it is read. "
                    "This finds a dying disk sooner.\n"
                    "The exit code is 1 when anything was wrong.\n\n"
                    "Example:\n"
                    "  segue cache verify || mail -s \"look at the disk\" me");
}

void CacheCommand::addSelection(CLI::App& command) {
    command
        .add_option("--track", tracks_,
                    "Only this track: its number, or words of title, artist or album; may be given "
                    "several times")
        ->type_name("TRACK")
        ->allow_extra_args(false);
    command.add_option("--album", albums_, "Only this album; may be given several times")
        ->type_name("NAME")
        ->allow_extra_args(false);
    command.add_option("--preset", preset_, "Only this preset")->type_name("NAME");
}

void CacheCommand::addClear() {
    clear_ = command_->add_subcommand("clear", "Remove chunks: all, or some");
    addSelection(*clear_);
    const std::map<std::string, double> units{
        {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86'400}, {"w", 604'800}};
    clear_
        ->add_option("--older-than", olderThanSeconds_,
                     "Only what nobody has used for so long, e.g. 90m, 12h, 30d, 8w")
        ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME"))
        ->type_name("TIME");
    clear_->add_flag("--dry-run", dryRun_, "Only tell what would go");
    clear_->footer("What plays goes on; what is asked for next is rendered again.\n\n"
                   "Examples:\n"
                   "  segue cache clear\n"
                   "  segue cache clear --album \"Kind of Blue\" --preset punchy\n"
                   "  segue cache clear --older-than 30d --dry-run");
}

void CacheCommand::addExport() {
    export_ = command_->add_subcommand("export", "Write what was heard to WAV files");
    addSelection(*export_);
    export_
        ->add_option("-o,--out", out_,
                     "A folder, made if missing; files are called Artist - Title (preset).wav")
        ->type_name("FOLDER")
        ->required();
    export_->add_flag("--overwrite", overwrite_, "Replace files that are there already");
    export_->footer("Nothing is rendered: tracks of which every chunk is there become files of the "
                    "very bytes that were streamed, the rest is listed.\n\n"
                    "Examples:\n"
                    "  segue cache export -o ~/Mastered\n"
                    "  segue cache export --preset warm --album \"Kind of Blue\" -o /tmp/blue");
}

Result<CacheCommand::Opened> CacheCommand::open() const {
    const auto folder = backend::DataFolder::beside(std::filesystem::absolute(data_.folder()));
    if (!folder)
        return fail(folder.error());
    Opened opened;
    const auto roots = folder->roots();
    if (!roots)
        return fail(roots.error());
    std::error_code ignored;
    if (!roots->empty() && std::filesystem::exists(folder->database(), ignored)) {
        auto library = library::Library::open(folder->database(), *roots);
        if (!library)
            return fail(library.error());
        opened.library = std::move(*library);
    }
    opened.store = cache::ChunkStore::open(folder->storeOptions());
    opened.store->flush(); // knows now what the server did last
    return opened;
}

Result<cache::ChunkFilter> CacheCommand::filterOf(const library::Library* library) const {
    cache::ChunkFilter filter;
    if (!preset_.empty())
        filter.preset = preset_;
    if (olderThanSeconds_ > 0) {
        const std::chrono::duration<double> now =
            std::chrono::system_clock::now().time_since_epoch();
        filter.usedBeforeNs = static_cast<std::int64_t>((now.count() - olderThanSeconds_) * 1e9);
    }
    if (tracks_.empty() && albums_.empty())
        return filter;
    if (!library)
        return fail(ErrorCode::InvalidArgument,
                    "no server has looked at any music here yet; tracks have no names");
    filter.sources = std::vector<Hash128>();
    const auto add = [&](const Result<std::vector<library::Track>>& found) -> Result<void> {
        if (!found)
            return fail(found.error());
        for (const library::Track& track : *found)
            if (track.contentId) // else it was never played
                filter.sources->push_back(*track.contentId);
        return {};
    };
    for (const std::string& name : tracks_)
        if (auto added = add(tracksNamed(*library, name)); !added)
            return fail(added.error());
    for (const std::string& name : albums_)
        if (auto added = add(tracksOfAlbum(*library, name)); !added)
            return fail(added.error());
    return filter;
}

int CacheCommand::run() {
    spdlog::set_default_logger(spdlog::stderr_color_mt("segue")); // stdout is for the answer
    spdlog::set_level(spdlog::level::warn);
    if (stats_->parsed())
        return stats();
    if (verify_->parsed())
        return verify();
    return clear_->parsed() ? clear() : exportStreams();
}

int CacheCommand::stats() const {
    const auto opened = open();
    if (!opened)
        return complain(opened.error());
    const CacheReport report =
        backend::reportOf(*opened->store, opened->library.get(), mostTracks_);
    if (json_)
        print(Json::parse(backend::toJson(report)));
    else
        printReport(report);
    return 0;
}

int CacheCommand::verify() const {
    const std::atomic<bool>& cancel = listenForInterrupts();
    const auto folder = backend::DataFolder::beside(std::filesystem::absolute(data_.folder()));
    if (!folder)
        return complain(folder.error());
    ProgressBar bar("Verifying");
    const cache::Verification result = cache::verifyChunks(
        folder->cache(), dryRun_ ? cache::BadChunks::Keep : cache::BadChunks::Remove,
        [&](double part) { bar.update(part, folder->cache().string()); }, cancel);
    bar.clear();
    if (json_) {
        Json json{{"chunks", result.chunks}, {"bytes", result.bytes}};
        json["bad"] = Json::array();
        for (const auto& bad : result.bad)
            json["bad"].push_back({{"name", bad.name}, {"why", bad.why}, {"removed", bad.removed}});
        json["unread"] = result.unread;
        json["cancelled"] = result.cancelled;
        print(json);
    } else {
        for (const auto& bad : result.bad)
            std::printf("%s%s\n", printable(bad.why).c_str(), bad.removed ? "; removed" : "");
        for (const std::string& why : result.unread)
            std::printf("%s\n", printable(why).c_str());
        std::printf("%lld chunks, %s: %s\n", static_cast<long long>(result.chunks),
                    sizeText(result.bytes).c_str(),
                    result.bad.empty() && result.unread.empty()
                        ? "every byte is right"
                        : (std::to_string(result.bad.size()) + " wrong, " +
                           std::to_string(result.unread.size()) + " unreadable")
                              .c_str());
    }
    if (result.cancelled)
        return kExitInterrupted;
    return result.bad.empty() && result.unread.empty() ? 0 : kExitFailed;
}

int CacheCommand::clear() const {
    const auto opened = open();
    if (!opened)
        return complain(opened.error());
    const auto filter = filterOf(opened->library.get());
    if (!filter)
        return complain(filter.error());
    const std::vector<cache::ChunkInfo> chosen = cache::matching(opened->store->list(), *filter);
    cache::Removed removed;
    if (dryRun_) {
        for (const cache::ChunkInfo& chunk : chosen)
            removed.bytes += chunk.bytes;
        removed.chunks = static_cast<std::int64_t>(chosen.size());
    } else {
        removed = opened->store->remove(cache::keysOf(chosen));
        opened->store->flush();
    }
    if (json_)
        print(Json{{"dryRun", dryRun_}, {"chunks", removed.chunks}, {"bytes", removed.bytes}});
    else
        std::printf("%s %lld chunks, %s\n", dryRun_ ? "would remove" : "removed",
                    static_cast<long long>(removed.chunks), sizeText(removed.bytes).c_str());
    return 0;
}

int CacheCommand::exportStreams() const {
    const std::atomic<bool>& cancel = listenForInterrupts();
    const auto opened = open();
    if (!opened)
        return complain(opened.error());
    const auto filter = filterOf(opened->library.get());
    if (!filter)
        return complain(filter.error());
    std::error_code error;
    std::filesystem::create_directories(out_, error);
    if (!std::filesystem::is_directory(out_, error))
        return complain(
            {ErrorCode::InvalidArgument, "--out: '" + out_.string() + "' cannot be made a folder"});

    const Exported exported = exportTo(
        out_, streamsOf(cache::matching(opened->store->list(), *filter)), *opened->store,
        opened->library.get(), overwrite_ ? encode::Overwrite::Yes : encode::Overwrite::No, cancel);
    if (json_)
        print(jsonOf(exported));
    else
        print(exported);
    printProblems("cache", exported.problems);
    if (cancel)
        return kExitInterrupted;
    return exported.problems.empty() ? 0 : kExitFailed;
}

} // namespace segue::tools
