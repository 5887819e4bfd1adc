// `segue enhance`: finds the files, leaves out those whose result is there, masters the rest, and
// tells. Several files (or albums) are worked on at once, a single one renders several chunks at
// once. What it printed as "after" was measured on the samples that went to the encoder.
#include "tools/segue/EnhanceCommand.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <optional>
#include <utility>

#include "enhance/GroupMastering.h"
#include "enhance/ResultMark.h"
#include "library/TagReader.h"
#include "tools/segue/AnalysisText.h"
#include "tools/segue/AudioFiles.h"
#include "tools/segue/EnhanceJobs.h"
#include "tools/segue/EnhanceReport.h"
#include "tools/segue/Interrupt.h"
#include "tools/segue/ProcessLimits.h"

namespace segue::tools {
namespace {

namespace fs = std::filesystem;
using enhance::Enhanced;
using enhance::EnhanceJob;
using enhance::EnhanceSettings;
using enhance::GroupWork;
using enhance::ResultState;

constexpr int kExitFailed = 1;
constexpr int kExitWrongSettings = 2;

// Of decoded audio, per file that is worked on: 12 minutes of 16-bit stereo at 44.1 kHz, 6 of a
// lossy file. What is longer is decoded again from there on. All files together: a gigabyte.
constexpr std::int64_t kMostRecordedBytes = 128 << 20;
constexpr std::int64_t kMostRecordedBytesInAll = 1 << 30;

double seconds(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::string formatNames() {
    std::string names;
    for (const encode::FormatTraits& traits : encode::kFileFormats)
        names += (names.empty() ? "" : ", ") + std::string(traits.name);
    return names;
}

int complain(const Error& error) {
    std::fprintf(stderr, "segue enhance: %s\n", printable(error.message).c_str());
    return kExitWrongSettings;
}

} // namespace

class EnhanceCommand::Batch {
  public:
    Batch(const EnhanceCommand& command, EnhanceJobs found, EnhanceSettings settings,
          const std::atomic<bool>& cancel)
        : command_(command), found_(std::move(found)), settings_(std::move(settings)),
          cancel_(cancel) {}

    int run() {
        for (const std::vector<std::size_t>& group :
             settings_.album ? enhance::byAlbum(found_.jobs) : enhance::oneByOne(found_.jobs)) {
            if (cancel_)
                return kExitInterrupted;
            sort(group);
        }
        if (command_.dryRun_)
            tellWhatWouldBeDone();
        else
            master();
        if (cancel_)
            return kExitInterrupted;
        if (finished_ > 0 && !command_.json_)
            std::printf("%zu %s up to date\n", finished_, finished_ == 1 ? "is" : "are");
        std::fflush(stdout);
        printProblems("enhance", found_.problems);
        return found_.problems.empty() ? 0 : kExitFailed;
    }

  private:
    void problem(const EnhanceJob& job, const char* status, std::string message) {
        if (command_.json_)
            std::printf("%s\n", reportJson(job, status, message).c_str());
        found_.problems.push_back(std::move(message));
    }

    /// Puts the group to what is to be done, unless its results are there or somebody else's are.
    void sort(const std::vector<std::size_t>& group) {
        GroupWork work;
        work.settings = enhance::settingsOf(
            settings_.request, settings_.target,
            settings_.album ? std::optional(enhance::albumOf(found_.jobs, group)) : std::nullopt);
        work.overwrite = command_.overwrite_ ? encode::Overwrite::Yes : encode::Overwrite::No;
        work.mirrors = isFolderOfResults(command_.named_, command_.out_);
        for (const std::size_t i : group)
            work.jobs.push_back(&found_.jobs[i]);
        const enhance::GroupState state = enhance::lookAt(work);
        for (std::size_t i = 0; state.isBlocked && i < work.jobs.size(); ++i)
            tellWhatIsThere(*work.jobs[i], state.results[i]);
        if (state.isBlocked)
            return;
        if (!state.isFinished()) {
            work_.push_back(std::move(work));
            return;
        }
        finished_ += state.finished;
        if (command_.json_)
            for (const EnhanceJob* job : work.jobs)
                std::printf("%s\n", reportJson(*job, "up-to-date").c_str());
    }

    void tellWhatIsThere(const EnhanceJob& job, ResultState state) {
        if (state == ResultState::Foreign)
            problem(job, "exists",
                    "'" + job.out.string() + "' is there already; --overwrite replaces it");
        else if (state == ResultState::Stale)
            problem(job, "out-of-date",
                    "'" + job.out.string() +
                        "' was made with other settings or before its source changed; "
                        "--overwrite makes it anew");
    }

    void tellWhatWouldBeDone() const {
        double music = 0;
        std::size_t files = 0;
        for (const GroupWork& work : work_)
            for (const EnhanceJob* job : work.jobs) {
                const auto tags = library::readTags(job->in);
                music += tags ? tags->tags.durationSeconds : 0;
                ++files;
                if (command_.json_)
                    std::printf("%s\n", reportJson(*job, "to-do").c_str());
                else
                    std::printf("%s -> %s\n", printable(job->in.string()).c_str(),
                                printable(job->out.string()).c_str());
            }
        if (!command_.json_)
            std::printf("%zu files, %s of music, would be mastered\n", files,
                        durationText(music).c_str());
    }

    void master() {
        const int cores = jobsOrCores(command_.jobs_);
        const auto atOnce =
            std::clamp<std::int64_t>(static_cast<std::int64_t>(work_.size()), 1, cores);
        settings_.threads = static_cast<int>(std::max<std::int64_t>(cores / atOnce, 1));
        settings_.mostRecordedBytes =
            std::min(kMostRecordedBytes, kMostRecordedBytesInAll / atOnce);
        std::vector<fs::path> names;
        std::vector<double> weights;
        for (const GroupWork& work : work_) {
            names.push_back(work.jobs.front()->in);
            weights.push_back(1); // so that a file whose size is unknown moves the bar too
            for (const EnhanceJob* job : work.jobs)
                weights.back() += job->bytes;
        }
        const double wall = seconds(CLOCK_MONOTONIC);
        const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        forEachFile(
            "Mastering", names, cores,
            [&](std::size_t i, const FileProgress& progress) -> Result<void> {
                enhance::masterGroup(work_[i], settings_, progress, cancel_);
                return {};
            },
            [&](std::size_t i, const Result<void>& result) { tell(work_[i], result); }, cancel_,
            weights);
        if (music_ > 0 && !command_.json_) {
            const double busy = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
            const double took = seconds(CLOCK_MONOTONIC) - wall;
            std::printf("%s of music in %.1f s, %.0f times real time, %.0f per core\n",
                        durationText(music_).c_str(), took, music_ / std::max(took, 1e-3),
                        music_ / std::max(busy, 1e-3));
        }
    }

    void tell(GroupWork& work, const Result<void>& result) {
        for (std::size_t i = 0; i < work.jobs.size(); ++i) {
            const EnhanceJob& job = *work.jobs[i];
            if (!result || !work.results[i]) {
                problem(job, "failed",
                        result ? work.results[i].error().message : result.error().message);
                continue;
            }
            const Enhanced& enhanced = *work.results[i];
            music_ += static_cast<double>(enhanced.before.numFrames) / enhanced.before.sampleRateHz;
            const std::string report =
                command_.json_ ? reportJson(job, enhanced) + "\n" : reportText(job, enhanced);
            std::fwrite(report.data(), 1, report.size(), stdout);
        }
        std::fflush(stdout);
        work.results.clear();
    }

    const EnhanceCommand& command_;
    EnhanceJobs found_;
    EnhanceSettings settings_;
    const std::atomic<bool>& cancel_;
    std::vector<GroupWork> work_;
    std::size_t finished_ = 0; ///< results that are there
    double music_ = 0;         ///< mastered, in seconds
};

EnhanceCommand::EnhanceCommand(CLI::App& app)
    : command_(app.add_subcommand("enhance", "Master files, folders or the library to files")),
      plan_(*command_, PlanOptions::Presets::One) {
    command_->add_option("music", named_, "Files, and folders with everything below them")
        ->type_name("FILE|FOLDER");
    command_->add_flag("--library", library_,
                       "The folders of the library, as SEGUE_LIBRARY names them");
    command_
        ->add_option("-o,--out", out_,
                     "A file, or a folder, which is made if missing: files keep their names and "
                     "their places below the folders that are named")
        ->type_name("FILE|FOLDER")
        ->required();
    command_
        ->add_option("--format", format_,
                     "What is written: " + formatNames() +
                         " (AAC and ALAC as .m4a); else by OUT's name, or wav")
        ->type_name("NAME");
    command_
        ->add_option("--bits", bits_,
                     "Of wav, flac and alac: 16 or 24 bits with dither; of wav also 32, float")
        ->check(CLI::IsMember({16, 24, 32}))
        ->capture_default_str();
    command_
        ->add_option("--bitrate", kbps_,
                     "Of mp3, opus and aac, in kbit/s for stereo; else VBR of the best quality "
                     "(V0) for mp3, 160 for opus, 256 for aac")
        ->check(CLI::Range(1, 1000))
        ->type_name("KBPS");
    command_->add_flag("--album", album_,
                       "Master albums as a whole: one plan for each, so that loud and quiet tracks "
                       "stay so, and ReplayGain for the album");
    command_->add_flag("--scorecard,--measure", scorecard_,
                       "Tell more of what was measured before and after");
    command_->add_flag("--overwrite", overwrite_,
                       "Replace what is there, unless it is this very result already");
    command_->add_flag("--dry-run", dryRun_, "Only say what would be done");
    command_->add_flag("--json", json_, "One JSON object a line for each file");
    command_->add_option("--jobs", jobs_, "Cores to use; 0: all")
        ->check(CLI::Range(0, 256))
        ->capture_default_str();
    command_->footer(
        "Results carry all tags and pictures of their sources, and their own ReplayGain. A result "
        "that was made before from the same source with the same settings is known by its tag "
        "SEGUE_MASTER and not made again, so the same command goes on where it was stopped. "
        "Sources "
        "are never changed. The exit code is 1 when a result is missing.\n\n"
        "Examples:\n"
        "  segue enhance song.flac -o mastered.flac --preset warm --intensity 0.8\n"
        "  segue enhance ~/Music -o ~/Mastered --format opus --album\n"
        "  segue enhance song.flac -o like-that.wav --reference that.flac --blend 0.7");
}

Result<encode::FileTarget> EnhanceCommand::target() const {
    encode::FileTarget target;
    target.bits = bits_;
    target.kbps = kbps_;
    const encode::FormatTraits* named = encode::findFormat(format_);
    if (!format_.empty() && !named)
        return fail(ErrorCode::InvalidArgument,
                    "--format: '" + format_ + "' is none of " + formatNames());
    if (!isFolderOfResults(named_, out_)) {
        const encode::FormatTraits* meant = encode::formatOfExtension(out_.extension().string());
        if (!meant || (named && named->extension != meant->extension))
            return fail(ErrorCode::InvalidArgument,
                        "--out: '" + out_.string() + "' is neither a folder nor a file of " +
                            (named ? std::string(named->name) + ", " + std::string(named->extension)
                                   : ".wav, .flac, .mp3, .opus or .m4a") +
                            "; end a new folder's name in '/'");
        if (!named)
            named = meant;
    }
    if (named)
        target.format = named->format;
    if (auto good = encode::check(target); !good)
        return fail(good.error());
    return target;
}

Result<void> EnhanceCommand::takeLibrary() {
    if (library_) {
        const std::vector<fs::path> folders = libraryOfEnvironment();
        if (folders.empty())
            return fail(ErrorCode::InvalidArgument,
                        "--library: the variable SEGUE_LIBRARY names no folder");
        named_.insert(named_.end(), folders.begin(), folders.end());
    }
    if (named_.empty())
        return fail(ErrorCode::InvalidArgument, "name files or folders, or use --library");
    return {};
}

int EnhanceCommand::run() {
    const std::atomic<bool>& cancel = listenForInterrupts();
    if (auto taken = takeLibrary(); !taken)
        return complain(taken.error());
    raiseDescriptorLimit(); // an album's files are open until the last one is done
    EnhanceSettings settings;
    const auto wanted = target();
    if (!wanted)
        return complain(wanted.error());
    auto found = findEnhanceJobs(named_, out_, wanted->format, cancel);
    if (!found)
        return complain(found.error());
    const auto requests = plan_.requests(cancel);
    if (cancel)
        return kExitInterrupted;
    if (!requests)
        return complain(requests.error());
    settings.request = requests->front();
    settings.target = *wanted;
    settings.album = album_;
    settings.details = scorecard_ || json_;
    return Batch(*this, std::move(*found), std::move(settings), cancel).run();
}

} // namespace segue::tools
