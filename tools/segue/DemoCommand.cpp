// `segue demo FOLDER`: the demo library from the command line, with a progress bar. Runs on the
// main thread; an interrupt lets the piece in work be dropped cleanly, a second one ends the
// process.
#include "tools/segue/DemoCommand.h"

#include <cstdio>

#include "generation/DemoLibrary.h"
#include "tools/segue/Interrupt.h"
#include "tools/segue/ProgressBar.h"

namespace segue::tools {
namespace {

constexpr int kExitFailed = 1;

} // namespace

DemoCommand::DemoCommand(CLI::App& app)
    : command_(app.add_subcommand("demo", "Make a few generated pieces to try Segue with")) {
    command_->add_option("folder", folder_, "Where to; made if missing. Whole pieces are kept")
        ->type_name("FOLDER")
        ->required();
    command_->add_flag("--verbose", verbose_, "Tell the progress even when not on a terminal");
    command_->footer("Example:\n"
                     "  segue demo ~/segue-demo && segue serve --library ~/segue-demo");
}

int DemoCommand::run() {
    const std::atomic<bool>& interrupted = listenForInterrupts();
    ProgressBar bar("Making music",
                    verbose_ ? ProgressBar::Verbose::Yes : ProgressBar::Verbose::No);
    const auto files = generation::makeDemoLibrary(
        folder_, [&](double fraction, std::string_view piece) { bar.update(fraction, piece); },
        interrupted);
    bar.clear();
    if (!files) {
        if (files.error().code == ErrorCode::Cancelled)
            return kExitInterrupted;
        std::fprintf(stderr, "segue demo: %s\n", files.error().message.c_str());
        return kExitFailed;
    }
    for (const std::filesystem::path& file : *files)
        std::printf("%s\n", file.c_str());
    return 0;
}

} // namespace segue::tools
