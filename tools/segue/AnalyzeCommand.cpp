// `segue analyze`: a full analysis of every file, a few at once, printed in the order of the files.
// One file that cannot be read is told at the end and stops nothing.
#include "tools/segue/AnalyzeCommand.h"

#include <cstdio>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/decode/AudioSource.h"
#include "tools/segue/AnalysisText.h"
#include "tools/segue/AudioFiles.h"
#include "tools/segue/Interrupt.h"

namespace segue::tools {
namespace {

constexpr int kExitFailed = 1;

struct Analysed {
    std::string codec;
    analysis::TrackAnalysis analysis;
};

Result<Analysed> analyseFile(const std::filesystem::path& file, const FileProgress& progress,
                             const std::atomic<bool>& cancel) {
    auto source = decode::openSource(file);
    if (!source)
        return fail(source.error());
    auto analysed = analysis::analyse(**source, analysis::Coverage::Full, cancel, progress);
    if (!analysed)
        return fail(analysed.error());
    return Analysed{(*source)->info().codec, std::move(*analysed)};
}

/// One line: the file's name or what went wrong before everything that was measured.
void printJson(const std::filesystem::path& file, const Result<void>& result,
               const std::optional<Analysed>& analysed) {
    nlohmann::ordered_json line{{"file", file.string()}};
    if (!result)
        line["error"] = result.error().message;
    else
        line["codec"] = analysed->codec;
    if (analysed)
        line.update(nlohmann::ordered_json::parse(analysis::toJson(analysed->analysis)));
    std::printf(
        "%s\n",
        line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    std::fflush(stdout);
}

} // namespace

AnalyzeCommand::AnalyzeCommand(CLI::App& app)
    : command_(app.add_subcommand("analyze", "Measure music: loudness, peaks, dynamics, spectrum, "
                                             "stereo")) {
    command_->alias("analyse");
    command_->add_option("music", named_, "Files, and folders with everything below them")
        ->type_name("FILE|FOLDER")
        ->required();
    command_->add_flag("--json", json_, "One JSON object a line for each file, with its curves");
    command_->add_option("--jobs", jobs_, "Files at once; 0: one per core")
        ->check(CLI::Range(0, 256))
        ->capture_default_str();
    command_->footer(
        "One file is shown in full, several as a table. The exit code is 1 when a file "
        "could not be read.\n\n"
        "Examples:\n"
        "  segue analyze song.flac\n"
        "  segue analyze ~/Music --json > analyses.jsonl");
}

int AnalyzeCommand::run() {
    const std::atomic<bool>& cancel = listenForInterrupts();
    AudioFiles found = findAudioFiles(named_, cancel);
    const bool table = !json_ && found.files.size() > 1;
    if (table)
        std::printf("%s\n", analysisHeading().c_str());
    std::vector<std::optional<Analysed>> analysed(found.files.size());
    forEachFile(
        "Analysing", found.files, jobsOrCores(jobs_),
        [&](std::size_t i, const FileProgress& progress) -> Result<void> {
            auto made = analyseFile(found.files[i], progress, cancel);
            if (!made)
                return fail(made.error());
            analysed[i] = std::move(*made);
            return {};
        },
        [&](std::size_t i, const Result<void>& result) {
            const std::filesystem::path& file = found.files[i];
            if (!result)
                found.problems.push_back(result.error().message);
            if (json_)
                printJson(file, result, analysed[i]);
            else if (result && table)
                std::printf("%s\n", analysisLine(file, analysed[i]->analysis).c_str());
            else if (result)
                std::printf("%s", analysisDetails(file, analysed[i]->codec, analysed[i]->analysis,
                                                  glyphsOfTerminal())
                                      .c_str());
            analysed[i].reset();
        },
        cancel);
    if (cancel)
        return kExitInterrupted;
    std::fflush(stdout);
    printProblems("analyze", found.problems);
    return found.problems.empty() ? 0 : kExitFailed;
}

} // namespace segue::tools
