// `segue prewarm`: where a server runs on the data folder, it does the work, since it knows who is
// listening; else this process does, as the least important one of the machine. Either way what is
// there is left alone, so an interrupted one goes on when it is started again.
#include "tools/segue/PrewarmCommand.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "backend/LocalPrewarmer.h"
#include "backend/ServerNote.h"
#include "backend/ThreadName.h"
#include "library/PlaylistFile.h"
#include "tools/segue/AudioFiles.h"
#include "tools/segue/Interrupt.h"
#include "tools/segue/MusicFolders.h"
#include "tools/segue/PlanOptions.h"
#include "tools/segue/ProgressBar.h"
#include "tools/segue/RemotePrewarm.h"

namespace segue::tools {
namespace {

namespace fs = std::filesystem;
using backend::DryRun;
using backend::PrewarmDepth;
using backend::PrewarmProgress;
using backend::PrewarmRequest;
using backend::PrewarmSelection;
using Kind = PrewarmSelection::Kind;

constexpr int kExitFailed = 1, kExitUsage = 2;
constexpr double kBytesPerMiB = 1024.0 * 1024.0;

bool isPlaylistName(const fs::path& path) {
    return path.extension() == ".m3u8" || path.extension() == ".m3u";
}

/// A file as it is named, else the playlist of that name in the music folders.
Result<fs::path> findPlaylist(const std::string& named, const std::vector<fs::path>& roots) {
    std::error_code error;
    if (fs::is_regular_file(named, error))
        return fs::path(named);
    for (const fs::path& root : roots) {
        for (fs::recursive_directory_iterator
                 it(root, fs::directory_options::skip_permission_denied, error),
             end;
             !error && it != end; it.increment(error))
            if (isPlaylistName(it->path()) &&
                (it->path().stem() == named || it->path().filename() == named))
                return it->path();
        error.clear();
    }
    return fail(ErrorCode::NotFound, "there is neither a playlist file '" + named +
                                         "' nor a playlist of that name in the music folders");
}

std::string counted(std::int64_t count, const char* what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string mebibytes(std::int64_t bytes) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f MiB", static_cast<double>(bytes) / kBytesPerMiB);
    return text;
}

std::string detailOf(const PrewarmProgress& progress) {
    if (progress.phase == PrewarmProgress::Phase::Waiting)
        return "waiting for another one";
    if (progress.phase == PrewarmProgress::Phase::Analysing)
        return counted(progress.tracks, "track") + " are analysed";
    return counted(progress.chunksRendered, "chunk") + " rendered, " +
           std::to_string(progress.chunksThere) + " were there";
}

std::string summaryOf(const PrewarmProgress& progress, DryRun dryRun) {
    const bool isDry = dryRun == DryRun::Yes;
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f s", progress.seconds);
    std::string text =
        counted(progress.tracks, "track") + ": " + counted(progress.chunksRendered, "chunk") +
        (isDry ? " to render (" : " rendered (") + mebibytes(progress.bytes) + "), " +
        std::to_string(progress.chunksThere) + (isDry ? " are there, " : " were there, ") +
        (progress.analyses == 1 ? "1 analysis" : std::to_string(progress.analyses) + " analyses") +
        (isDry ? " to make; about " : " made; ") + seconds;
    if (progress.limit == PrewarmProgress::Limit::Budget)
        text += "\nstopped at the budget; the same command goes on from there";
    if (progress.limit == PrewarmProgress::Limit::CacheFull)
        text += "\nthe cache holds no more of it; a larger --cache-size of the server would";
    return text;
}

} // namespace

PrewarmCommand::PrewarmCommand(CLI::App& app)
    : command_(app.add_subcommand("prewarm", "Render what is going to be played, into the cache")),
      data_(*command_) {
    CLI::Option_group* what = command_->add_option_group("What to warm", "one of them");
    what->add_flag("--all", all_, "The whole library");
    what->add_option("--album", album_, "An album")->type_name("NAME");
    what->add_option("--artist", artist_, "All of an artist")->type_name("NAME");
    what->add_option("--playlist", playlist_,
                     "An M3U or M3U8 file, or the name of one in the music folders")
        ->type_name("FILE|NAME");
    what->add_flag("--recent", recent_, "What came into the library last");
    what->add_flag("--most-played", mostPlayed_, "What was played most often");
    what->require_option(1);
    command_->add_option("--limit", limit_, "With --recent and --most-played: so many tracks")
        ->check(CLI::Range(1, PrewarmRequest::kMostLimit))
        ->capture_default_str();
    auto* first = command_->add_flag("--first-chunks", firstChunks_,
                                     "Only the first 30 seconds of each track, so that it starts "
                                     "at once (the default)");
    command_->add_flag("--full", full_, "Whole tracks, so that nothing is left to render")
        ->excludes(first);
    command_
        ->add_option("--preset", presets_,
                     "As streams ask for it; may be given several times [the server's default]")
        ->type_name("NAME")
        ->allow_extra_args(false);
    command_->add_option("--intensity", intensity_, "As streams ask for it")
        ->check(finiteRange(0, 1))
        ->type_name("0..1");
    command_->add_option("--budget", budgetBytes_, "Stop after so much, e.g. 2GB")
        ->transform(CLI::AsSizeValue(true))
        ->type_name("SIZE");
    command_->add_option("--jobs", jobs_, "Renders at once; 0: one per core")
        ->check(CLI::Range(0, PrewarmRequest::kMostJobs))
        ->capture_default_str();
    command_
        ->add_option("--library", libraries_,
                     "A folder of music, where nobody has said so yet; may be given several "
                     "times")
        ->type_name("FOLDER")
        ->allow_extra_args(false);
    command_->add_flag("--dry-run", dryRun_, "Only tell what it would cost");
    command_->add_flag("--json", json_, "Tell the result as one JSON object");
    command_->footer(
        "A server that runs on the data folder does the work, and its listeners go first; without "
        "one it is done here, with the least priority. What is in the cache already is left "
        "alone: to resume, run it again.\n\n"
        "Examples:\n"
        "  segue prewarm --all\n"
        "  segue prewarm --album 'Kind of Blue' --full --preset warm\n"
        "  segue prewarm --most-played --limit 500 --full --budget 10GB --dry-run");
}

Result<PrewarmRequest> PrewarmCommand::request(const std::vector<fs::path>& roots) const {
    PrewarmRequest request;
    PrewarmSelection& selection = request.selection;
    selection.limit = limit_;
    if (!album_.empty() || !artist_.empty()) {
        selection.kind = album_.empty() ? Kind::Artist : Kind::Album;
        selection.name = album_.empty() ? artist_ : album_;
    } else if (!playlist_.empty()) {
        selection.kind = Kind::Tracks;
        const auto file = findPlaylist(playlist_, roots);
        if (!file)
            return fail(file.error());
        auto paths = library::readPlaylist(*file);
        if (!paths)
            return fail(paths.error());
        if (paths->empty())
            return fail(ErrorCode::InvalidArgument,
                        "the playlist '" + file->string() + "' names no files");
        selection.paths = std::move(*paths);
    } else if (recent_ || mostPlayed_) {
        selection.kind = recent_ ? Kind::Recent : Kind::MostPlayed;
    } else if (!all_) {
        return fail(ErrorCode::InvalidArgument, "an album, artist or playlist without a name");
    }
    request.depth = full_ ? PrewarmDepth::Full : PrewarmDepth::FirstChunks;
    request.presets = presets_;
    request.intensity = intensity_;
    if (budgetBytes_)
        request.budgetBytes =
            static_cast<std::int64_t>(std::min(*budgetBytes_, std::uint64_t{1} << 50));
    request.jobs = std::min(jobsOrCores(jobs_), PrewarmRequest::kMostJobs);
    request.dryRun = dryRun_ ? DryRun::Yes : DryRun::No;
    return request;
}

Result<PrewarmProgress> PrewarmCommand::runHere(backend::DataFolder folder,
                                                const PrewarmRequest& request,
                                                const std::atomic<bool>& cancel) const {
    backend::lowerThisProcess();
    backend::LocalPrewarmer::Options options;
    options.roots = libraries_;
    options.jobs = request.jobs;
    if (const auto note = backend::readServerNote(folder.serverNote()))
        options.defaults = note->defaults;
    auto prewarmer = backend::LocalPrewarmer::open(std::move(folder), options);
    if (!prewarmer)
        return fail(prewarmer.error());
    ProgressBar bar("Warming");
    bar.update(0, "looking for music");
    if (const auto scanned = (*prewarmer)->scan(cancel); !scanned)
        return fail(scanned.error());
    std::stop_source stop;
    const std::jthread watch([&](const std::stop_token& over) {
        constexpr auto kLook = std::chrono::milliseconds(50);
        while (!over.stop_requested() && !cancel)
            std::this_thread::sleep_for(kLook);
        stop.request_stop();
    });
    return (*prewarmer)
        ->run(
            request, [&](const PrewarmProgress& now) { bar.update(now.fraction, detailOf(now)); },
            stop.get_token());
}

Result<PrewarmProgress> PrewarmCommand::runThere(const fs::path& noteFile,
                                                 const PrewarmRequest& request,
                                                 const std::atomic<bool>& cancel) const {
    const auto note = backend::readServerNote(noteFile);
    if (!note || note->address.empty())
        return fail(ErrorCode::Busy,
                    "a server is starting on this data folder; try again in a moment");
    ProgressBar bar("Warming");
    return prewarmRemotely(
        note->address, request,
        [&](const PrewarmProgress& now) { bar.update(now.fraction, detailOf(now)); }, cancel);
}

int PrewarmCommand::tell(const PrewarmProgress& progress, const char* byWhom) const {
    if (json_) {
        nlohmann::ordered_json json{{"by", byWhom}, {"dryRun", dryRun_}};
        json.update(nlohmann::ordered_json::parse(backend::toJson(progress)));
        std::printf(
            "%s\n",
            json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    } else {
        std::printf("%s\n", summaryOf(progress, dryRun_ ? DryRun::Yes : DryRun::No).c_str());
    }
    std::fflush(stdout);
    printProblems("prewarm", progress.problems);
    if (!progress.error.empty())
        std::fprintf(stderr, "segue prewarm: %s\n", printable(progress.error).c_str());
    if (progress.phase == PrewarmProgress::Phase::Cancelled)
        return kExitInterrupted;
    return progress.phase == PrewarmProgress::Phase::Failed || progress.tracksFailed > 0
               ? kExitFailed
               : 0;
}

int PrewarmCommand::run() {
    const auto complain = [](const Error& error, int exitCode) {
        std::fprintf(stderr, "segue prewarm: %s\n", printable(error.message).c_str());
        return exitCode;
    };
    const std::atomic<bool>& cancel = listenForInterrupts();
    spdlog::set_default_logger(spdlog::stderr_color_mt("segue")); // stdout is for the result
    spdlog::set_level(spdlog::level::warn);
    std::error_code ignored;
    if (!libraries_.empty())
        fs::create_directories(data_.folder(), ignored);
    auto folder = backend::DataFolder::beside(data_.folder());
    if (!folder)
        return complain(folder.error(), kExitUsage);
    auto roots = musicFolders(libraries_, *folder);
    if (!roots)
        return complain(roots.error(), kExitUsage);
    libraries_ = std::move(*roots);
    const auto wanted = request(libraries_);
    if (!wanted)
        return complain(wanted.error(), kExitUsage);
    const bool isServed = backend::DataFolder::isServed(data_.folder());
    const auto progress = isServed ? runThere(folder->serverNote(), *wanted, cancel)
                                   : runHere(std::move(*folder), *wanted, cancel);
    if (!progress)
        return complain(progress.error(), progress.error().code == ErrorCode::InvalidArgument
                                              ? kExitUsage
                                              : kExitFailed);
    return tell(*progress, isServed ? "server" : "command");
}

} // namespace segue::tools
