// `segue corridor`: a full analysis of every file, a few at once, and one small file of what they
// have in common. A file that cannot be read is told at the end and learned without.
#include "tools/segue/CorridorCommand.h"

#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/decode/AudioSource.h"
#include "processing/mastering/LearnedCorridor.h"
#include "tools/segue/AudioFiles.h"
#include "tools/segue/Interrupt.h"

namespace segue::tools {
namespace {

constexpr int kExitFailed = 1;

Result<void> write(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << bytes;
    file.close();
    if (!file)
        return fail(ErrorCode::Io, "'" + path.string() + "' cannot be written");
    return {};
}

} // namespace

CorridorCommand::CorridorCommand(CLI::App& app)
    : command_(
          app.add_subcommand("corridor", "Learn the adaptive target from music that is good")) {
    command_->add_option("music", named_, "Files, and folders with everything below them")
        ->type_name("FILE|FOLDER")
        ->required();
    command_->add_option("-o,--out", out_, "Where to keep it")->type_name("FILE")->required();
    command_->add_option("--jobs", jobs_, "Files at once; 0: one per core")
        ->check(CLI::Range(0, 256))
        ->capture_default_str();
    command_->footer("At least " + std::to_string(mastering::LearnedCorridor::kMinTracks) +
                     " tracks. The server learns by itself and needs none of this.\n\n"
                     "Example:\n"
                     "  segue corridor ~/Music -o mine.corridor\n"
                     "  segue enhance demo.wav -o demo-mastered.wav --corridor mine.corridor");
}

int CorridorCommand::run() {
    const std::atomic<bool>& cancel = listenForInterrupts();
    AudioFiles found = findAudioFiles(named_, cancel);
    std::vector<std::optional<analysis::TrackAnalysis>> analysed(found.files.size());
    mastering::CorridorLearner learner;
    forEachFile(
        "Analysing", found.files, jobsOrCores(jobs_),
        [&](std::size_t i, const FileProgress& progress) -> Result<void> {
            auto source = decode::openSource(found.files[i]);
            if (!source)
                return fail(source.error());
            auto made = analysis::analyse(**source, analysis::Coverage::Full, cancel, progress);
            if (!made)
                return fail(made.error());
            analysed[i] = std::move(*made);
            return {};
        },
        [&](std::size_t i, const Result<void>& result) {
            if (!result)
                found.problems.push_back(result.error().message);
            else
                learner.add(*analysed[i]); // silence teaches nothing and is no problem
            analysed[i].reset();
        },
        cancel);
    if (cancel)
        return kExitInterrupted;
    printProblems("corridor", found.problems);
    const auto learned = learner.learn();
    const Result<void> done = learned ? write(out_, learned->serialize()) : fail(learned.error());
    if (!done) {
        std::fprintf(stderr, "segue corridor: %s\n", printable(done.error().message).c_str());
        return kExitFailed;
    }
    std::printf("learned from %s\n", learned->describe().c_str());
    return found.problems.empty() ? 0 : kExitFailed;
}

} // namespace segue::tools
