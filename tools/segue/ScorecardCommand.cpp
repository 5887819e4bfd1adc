// `segue scorecard`: parses, has processing/scorecard measure, prints. Tracks are worked on a few
// at once and printed in their order; the summary over all of them comes last.
#include "tools/segue/ScorecardCommand.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "processing/encode/WavFileWriter.h"
#include "processing/scorecard/Scorecard.h"
#include "processing/types/Text.h"
#include "tools/segue/AnalysisText.h"
#include "tools/segue/AudioFiles.h"
#include "tools/segue/Interrupt.h"

namespace segue::tools {
namespace {

namespace fs = std::filesystem;
using scorecard::Check;
using scorecard::MasterScore;
using scorecard::TrackScore;

constexpr int kExitFailed = 1;
constexpr int kExitWrongSettings = 2;

std::string cell(double value, const char* format, bool passed) {
    return text(format, value) + (passed ? " " : "!");
}

/// A line of the track's table, a column for each measure; `!` marks what failed.
std::string lineOf(const TrackScore& track, const MasterScore& master,
                   const std::vector<Check>& checks) {
    const auto find = [&](const char* name) -> const Check* {
        for (const Check& check : checks)
            if (check.name == name)
                return &check;
        return nullptr;
    };
    const auto passed = [&](const char* name) {
        const Check* check = find(name);
        return !check || check->passed;
    };
    const auto& after = master.after;
    std::string line = text("  %-10.10s", master.preset.c_str());
    if (track.before.silent())
        return line + (passed("silence") ? " silent" : " not silent!");
    line += cell(master.targetLufs, " %6.1f", true);
    line += cell(after.integratedLufs, "%6.1f", passed("loudness-error"));
    line += cell(after.truePeakDbtp, "%6.1f", passed("true-peak"));
    line += cell(after.plrDb(), "%6.1f", passed("plr"));
    line += cell(after.loudnessRangeLu, "%6.1f", passed("lra"));
    line += cell(after.correlation, "%6.2f", passed("correlation"));
    line += cell(after.monoFoldLossLu, "%5.1f", passed("mono-fold"));
    const Check* tone = find("tone");
    line += tone ? cell(tone->value, "%5.2f", tone->passed) : "    - ";
    if (master.residualDbfs)
        line += *master.residualDbfs <= scorecard::kNoResidualDbfs
                    ? "   none "
                    : cell(*master.residualDbfs, "%7.0f", passed("residual"));
    else
        line += "      - ";
    line += !master.sameInOtherOrder ? "    - " : *master.sameInOtherOrder ? " same " : " NOT! ";
    return line + text("%5.0fx", master.timesRealTime);
}

void print(const TrackScore& track) {
    const auto& before = track.before;
    std::printf("\n%s  %s%s\n", printable(track.path.filename().string()).c_str(),
                durationText(static_cast<double>(before.numFrames) / before.sampleRateHz).c_str(),
                !track.bypassIsSource   ? ""
                : *track.bypassIsSource ? ", the source bit for bit at intensity 0"
                                        : ", NOT the source at intensity 0!");
    std::printf("  %-10s target   LUFS   dBTP    PLR    LRA   corr  fold  tone residual order "
                "speed\n",
                "");
    if (!before.silent())
        std::printf("  %-10s        %7.1f%7.1f%7.1f%7.1f%7.2f%6.1f\n", "before",
                    before.integratedLufs, before.truePeakDbtp, before.plrDb(),
                    before.loudnessRangeLu, before.correlation, before.monoFoldLossLu);
    std::vector<std::string> notes;
    for (const MasterScore& master : track.masters) {
        const std::vector<Check> checks = scorecard::checksOf(track, master);
        std::printf("%s\n", lineOf(track, master, checks).c_str());
        for (const Check& check : checks)
            if (!check.passed || (check.name != "tone" && !check.note.empty()))
                notes.push_back(master.preset + ": " + check.title + text(" %.2f", check.value) +
                                (check.note.empty() ? "" : " (" + check.note + ")"));
    }
    for (const std::string& note : notes)
        std::printf("  %s\n", printable(note).c_str());
}

void print(const std::vector<scorecard::Summary>& summaries) {
    std::printf("\n%-44s %9s %9s %9s %9s %11s\n", "", "limit", "worst", "p95", "median", "failed");
    for (const scorecard::Summary& row : summaries) {
        const std::string limit = row.limit ? text("%.2f", *row.limit) : "-";
        std::printf("%-44s %9s %9.2f %9.2f %9.2f %5d of %-4d%s\n", row.title.c_str(), limit.c_str(),
                    row.worst, row.p95, row.median, row.failed, row.count,
                    row.limit ? (row.passed ? "pass" : "FAIL") : "");
        if (!row.passed && !row.worstWhere.empty())
            std::printf("    worst: %s\n", printable(row.worstWhere).c_str());
    }
}

} // namespace

ScorecardCommand::ScorecardCommand(CLI::App& app)
    : command_(app.add_subcommand("scorecard", "Master music, measure the result, and say what "
                                               "meets its limit")),
      plan_(*command_, PlanOptions::Presets::AlsoAll) {
    command_->add_option("music", named_, "Files, and folders with everything below them")
        ->type_name("FILE|FOLDER")
        ->required();
    command_
        ->add_option("--null-tests", nullTests_,
                     "Which masters are also rendered in one pass and in another order: all, for "
                     "each track one preset in turn, or none")
        ->check(CLI::IsMember({"all", "turn", "none"}))
        ->capture_default_str();
    command_
        ->add_option("--keep", keep_,
                     "Keep every master as FOLDER/PRESET/NAME.wav, what is there is replaced")
        ->type_name("FOLDER");
    command_->add_flag("--json", json_, "One JSON object a line for each file, then the summary");
    command_->add_option("--jobs", jobs_, "Files at once; 0: one per core")
        ->check(CLI::Range(0, 256))
        ->capture_default_str();
    command_->footer(
        "Measures the 16-bit stream that the server would send. A `!` marks what failed; the exit "
        "code is 1 then.\n\n"
        "Examples:\n"
        "  segue scorecard song.flac --preset all\n"
        "  segue scorecard ~/Music --preset warm --intensity 0.5 --json > scores.jsonl");
}

int ScorecardCommand::run() {
    const std::atomic<bool>& cancel = listenForInterrupts();
    const auto requests = plan_.requests(cancel);
    if (cancel)
        return kExitInterrupted;
    if (!requests) {
        std::fprintf(stderr, "segue scorecard: %s\n", printable(requests.error().message).c_str());
        return kExitWrongSettings;
    }
    AudioFiles found = findAudioFiles(named_, cancel);
    std::vector<std::optional<TrackScore>> scores(found.files.size());
    std::vector<TrackScore> done;
    forEachFile(
        "Measuring", found.files, jobsOrCores(jobs_),
        [&](std::size_t i, const FileProgress& progress) -> Result<void> {
            scorecard::ScoreOptions options;
            options.requests = *requests;
            options.nullTested = [&](std::size_t request) {
                return nullTests_ == "all" ||
                       (nullTests_ == "turn" && request == i % requests->size());
            };
            // The master that is being written; given its name when the next one begins or all is
            // done.
            std::shared_ptr<encode::WavFileWriter> writer;
            const auto commit = [&]() -> Result<void> {
                return writer ? std::exchange(writer, nullptr)->commit() : Result<void>{};
            };
            if (!keep_.empty())
                options.keep = [&](const mastering::PlanRequest& request,
                                   const encode::StreamFormat& format,
                                   std::int64_t numFrames) -> Result<scorecard::PcmKeeper> {
                    if (auto committed = commit(); !committed)
                        return fail(committed.error());
                    const fs::path folder = keep_ / request.preset.name;
                    std::error_code ignored; // create() tells it better
                    fs::create_directories(folder, ignored);
                    auto created = encode::WavFileWriter::create(
                        folder / (found.files[i].stem().string() + ".wav"), format, numFrames,
                        encode::Overwrite::Yes);
                    if (!created)
                        return fail(created.error());
                    writer = std::move(*created);
                    return [writer](std::span<const std::byte> bytes) {
                        return writer->append(bytes);
                    };
                };
            auto scored = scorecard::score(found.files[i], options, cancel, progress);
            if (!scored)
                return fail(scored.error());
            scores[i] = std::move(*scored);
            return commit();
        },
        [&](std::size_t i, const Result<void>& result) {
            if (!result) {
                found.problems.push_back(result.error().message);
                return;
            }
            if (json_)
                std::printf("%s\n", scorecard::toJson(*scores[i]).c_str());
            else
                print(*scores[i]);
            std::fflush(stdout);
            done.push_back(std::move(*scores[i]));
            scores[i].reset();
        },
        cancel);
    if (cancel)
        return kExitInterrupted;
    const std::vector<scorecard::Summary> summaries = scorecard::summarise(done);
    bool passed = found.problems.empty();
    for (const scorecard::Summary& row : summaries)
        passed = passed && row.passed;
    if (json_)
        std::printf("%s\n", scorecard::toJson(summaries).c_str());
    else if (!done.empty())
        print(summaries);
    std::fflush(stdout);
    printProblems("scorecard", found.problems);
    return passed ? 0 : kExitFailed;
}

} // namespace segue::tools
