// `segue enhance`: analysis, plan, render, file. With --measure the result is measured while it is
// written: what is printed as "after" is what lies in the file. Several files are worked on at
// once, a single one renders several chunks at once.
#include "tools/segue/EnhanceCommand.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <map>
#include <optional>
#include <utility>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/chunk/TrackRenderer.h"
#include "processing/decode/AudioSource.h"
#include "processing/decode/Recording.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/scorecard/PcmMeter.h"
#include "tools/segue/AnalysisText.h"
#include "tools/segue/Interrupt.h"

namespace segue::tools {
namespace {

namespace fs = std::filesystem;
using analysis::TrackAnalysis;

// Of decoded audio, per file that is worked on: 12 minutes of 16-bit stereo at 44.1 kHz, 6 of a
// lossy file. What is longer is decoded again from there on.
constexpr std::int64_t kMostRecordedBytes = 128 << 20;

constexpr int kExitFailed = 1;
constexpr int kExitWrongSettings = 2;

/// What was done to one file.
struct Enhanced {
    mastering::MasteringPlan plan;
    TrackAnalysis before;
    std::optional<TrackAnalysis> after; ///< what lies in the file, when it was measured
};

struct Settings {
    mastering::PlanRequest request;
    encode::PcmFormat pcm = encode::PcmFormat::Int16;
    encode::Overwrite overwrite = encode::Overwrite::No;
    int workers = 1;
    bool measure = false;
};

/// The one place that knows how a result becomes a file.
Result<std::unique_ptr<encode::WavFileWriter>> openOutput(const fs::path& path,
                                                          const encode::StreamFormat& format,
                                                          std::int64_t numFrames,
                                                          encode::Overwrite overwrite) {
    return encode::WavFileWriter::create(path, format, numFrames, overwrite);
}

Result<Enhanced> enhance(const fs::path& in, const fs::path& out, const Settings& settings,
                         const FileProgress& progress, const std::atomic<bool>& cancel) {
    // Of the time that a file takes; only the bar depends on it.
    constexpr double kAnalysisPart = 0.35;
    std::error_code ignored;
    if (fs::equivalent(in, out, ignored))
        return fail(ErrorCode::InvalidArgument,
                    "'" + in.string() +
                        "' would be replaced by its own master; Segue never "
                        "changes a source");
    auto source = decode::openSource(in);
    if (!source)
        return fail(source.error());
    const decode::SourceInfo info = (*source)->info();
    // Sees at once what would stop it at the end.
    if (settings.overwrite == encode::Overwrite::No && fs::exists(out, ignored))
        return fail(ErrorCode::InvalidArgument,
                    "'" + out.string() + "' is there already; --overwrite replaces it");
    const auto recording = std::make_shared<decode::Recording>(info, kMostRecordedBytes);
    auto recorder = decode::recorded(std::move(*source), recording);
    auto before = analysis::analyse(*recorder, analysis::Coverage::Full, cancel,
                                    [&](double part) { progress(kAnalysisPart * part); });
    if (!before)
        return fail(before.error());
    recorder.reset();

    chunk::RenderRequest request;
    request.path = in;
    request.stamp = info.stamp;
    request.plan = std::make_shared<const mastering::MasteringPlan>(
        mastering::makePlan(*before, settings.request));
    request.format = {info.sampleRateHz, info.numChannels, settings.pcm};
    request.numFrames = before->numFrames;
    request.decodeOn = chunk::DecodeOn::CallersThread; // every core renders already
    request.recording = recording;
    auto writer = openOutput(out, request.format, request.numFrames, settings.overwrite);
    if (!writer)
        return fail(writer.error());
    std::optional<scorecard::PcmMeter> meter;
    if (settings.measure)
        meter.emplace(request.format, request.numFrames);
    const auto done =
        chunk::renderTrack(request,
                           [&](std::int64_t, std::span<const std::byte> bytes) -> Result<void> {
                               if (meter)
                                   meter->add(bytes);
                               return (*writer)->append(bytes);
                           },
                           cancel, {.workers = settings.workers, .progress = [&](double part) {
                                        progress(kAnalysisPart + (1 - kAnalysisPart) * part);
                                    }});
    if (!done)
        return fail(done.error());
    if (auto committed = (*writer)->commit(); !committed)
        return fail(committed.error());
    Enhanced result{*request.plan, std::move(*before), std::nullopt};
    if (meter)
        result.after = meter->finish();
    return result;
}

void printRow(const char* name, double before, double after, const char* unit,
              const std::string& note) {
    std::printf("  %-10s %7.1f -> %5.1f %s%s\n", name, before, after, unit, note.c_str());
}

std::string note(const char* format, double value) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), format, value);
    return text.data();
}

void print(const fs::path& in, const fs::path& out, const Enhanced& result) {
    const mastering::MasteringPlan& plan = result.plan;
    std::printf("%s -> %s\n", printable(in.filename().string()).c_str(),
                printable(out.string()).c_str());
    std::printf("  %-10s %s, intensity %g\n", "Preset", plan.preset.c_str(), plan.intensity);
    const char* name = "Plan";
    for (const std::string& line : plan.summary)
        std::printf("  %-10s %s\n", std::exchange(name, ""), printable(line).c_str());
    name = "Held back";
    for (const std::string& line : plan.heldBackBy)
        std::printf("  %-10s %s\n", std::exchange(name, ""), printable(line).c_str());
    if (result.before.silent()) {
        std::printf("  %-10s silent\n", "Loudness");
        return;
    }
    const std::string target = plan.bypass() ? "" : note(", target %.1f", plan.targetLufs);
    if (!result.after) {
        printRow("Loudness", result.before.integratedLufs, plan.predictedLufs, "LUFS",
                 " as foreseen" + target);
        return;
    }
    printRow("Loudness", result.before.integratedLufs, result.after->integratedLufs, "LUFS",
             target);
    printRow("True peak", result.before.truePeakDbtp, result.after->truePeakDbtp, "dBTP",
             plan.bypass() ? "" : note(", ceiling %.1f", plan.limiter.ceilingDbtp));
    printRow("PLR", result.before.plrDb(), result.after->plrDb(), "dB", "");
    printRow("LRA", result.before.loudnessRangeLu, result.after->loudnessRangeLu, "LU", "");
}

double seconds(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

} // namespace

EnhanceCommand::EnhanceCommand(CLI::App& app)
    : command_(app.add_subcommand("enhance", "Master files to WAV files")),
      plan_(*command_, PlanOptions::Presets::One) {
    command_->add_option("music", named_, "Files")->type_name("FILE")->required();
    command_
        ->add_option("-o,--out", out_,
                     "A .wav file, or a folder, which is made if missing, for files named like "
                     "their sources")
        ->type_name("FILE|FOLDER")
        ->required();
    command_->add_option("--bits", bits_, "16 and 24 bits with dither, or 32 bits float")
        ->check(CLI::IsMember({16, 24, 32}))
        ->capture_default_str();
    command_->add_flag("--measure", measure_,
                       "Also measure what was written: loudness, true peak, PLR, LRA");
    command_->add_flag("--overwrite", overwrite_, "Replace results that are there already");
    command_->add_option("--jobs", jobs_, "Cores to use; 0: all")
        ->check(CLI::Range(0, 256))
        ->capture_default_str();
    command_->footer("The exit code is 1 when a file could not be mastered. Sources are never "
                     "changed.\n\n"
                     "Examples:\n"
                     "  segue enhance song.flac -o mastered.wav --preset warm --intensity 0.8\n"
                     "  segue enhance *.flac -o mastered/ --target -16 --bits 24\n"
                     "  segue enhance song.flac -o like-that.wav --reference that.flac --blend "
                     "0.7");
}

Result<std::vector<EnhanceCommand::Job>> EnhanceCommand::jobsToDo() const {
    std::error_code ignored;
    const bool folder =
        named_.size() > 1 || fs::is_directory(out_, ignored) || out_.filename().empty();
    if (!folder) {
        std::string extension = out_.extension().string();
        std::transform(extension.begin(), extension.end(), extension.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        if (extension != ".wav")
            return fail(
                ErrorCode::InvalidArgument,
                "--out: '" + out_.string() +
                    "' is neither a folder nor a .wav file; end a new folder's name in '/'");
        return std::vector<Job>{{named_.front(), out_}};
    }
    std::error_code error;
    fs::create_directories(out_, error);
    if (!fs::is_directory(out_, ignored))
        return fail(ErrorCode::InvalidArgument,
                    "--out: '" + out_.string() + "' cannot be made a folder: " +
                        (error ? error.message() : "there is a file of that name"));
    std::vector<Job> jobs;
    std::map<std::string, fs::path> taken;
    for (const fs::path& in : named_) {
        const std::string name = in.stem().string() + ".wav";
        const auto [other, fresh] = taken.emplace(name, in);
        if (!fresh)
            return fail(ErrorCode::InvalidArgument, "'" + other->second.string() + "' and '" +
                                                        in.string() + "' would both become '" +
                                                        name + "'");
        jobs.push_back({in, out_ / name});
    }
    return jobs;
}

int EnhanceCommand::run() {
    const std::atomic<bool>& cancel = listenForInterrupts();
    const auto complain = [](const Error& error) {
        std::fprintf(stderr, "segue enhance: %s\n", printable(error.message).c_str());
        return kExitWrongSettings;
    };
    const auto jobs = jobsToDo();
    if (!jobs)
        return complain(jobs.error());
    const auto requests = plan_.requests(cancel);
    if (cancel)
        return kExitInterrupted;
    if (!requests)
        return complain(requests.error());

    const int cores = jobsOrCores(jobs_);
    Settings settings;
    settings.request = requests->front();
    settings.pcm = *encode::pcmFormatOfBits(bits_);
    settings.overwrite = overwrite_ ? encode::Overwrite::Yes : encode::Overwrite::No;
    settings.measure = measure_;
    settings.workers = jobs->size() == 1 ? cores : 1;
    const double wall = seconds(CLOCK_MONOTONIC);
    const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    double audio = 0;
    std::vector<std::optional<Enhanced>> results(jobs->size());
    std::vector<std::string> problems;
    forEachFile(
        "Mastering", named_, cores,
        [&](std::size_t i, const FileProgress& progress) -> Result<void> {
            auto result = enhance((*jobs)[i].in, (*jobs)[i].out, settings, progress, cancel);
            if (!result)
                return fail(result.error());
            results[i] = std::move(*result);
            return {};
        },
        [&](std::size_t i, const Result<void>& result) {
            if (!result) {
                problems.push_back(result.error().message);
                return;
            }
            const Enhanced& enhanced = *results[i];
            audio += static_cast<double>(enhanced.before.numFrames) / enhanced.before.sampleRateHz;
            print((*jobs)[i].in, (*jobs)[i].out, enhanced);
            std::fflush(stdout);
            results[i].reset();
        },
        cancel);
    if (cancel)
        return kExitInterrupted;
    if (audio > 0) {
        const double busy = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        std::printf("%s of music in %.1f s, %.0f times real time per core\n",
                    durationText(audio).c_str(), seconds(CLOCK_MONOTONIC) - wall,
                    audio / std::max(busy, 1e-3));
    }
    std::fflush(stdout);
    printProblems("enhance", problems);
    return problems.empty() ? 0 : kExitFailed;
}

} // namespace segue::tools
