// The `segue` command line: finds the subcommand and hands over. Exit codes: 0 done, 1 failed, 2 a
// wrong command line.
#include <cstdio>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>

#include "backend/Version.h"
#include "tools/segue/AnalyzeCommand.h"
#include "tools/segue/CacheCommand.h"
#include "tools/segue/CorridorCommand.h"
#include "tools/segue/DemoCommand.h"
#include "tools/segue/EnhanceCommand.h"
#include "tools/segue/PlaylistCommand.h"
#include "tools/segue/PrewarmCommand.h"
#include "tools/segue/ScanCommand.h"
#include "tools/segue/ScorecardCommand.h"
#include "tools/segue/ServeCommand.h"

int main(int argc, char** argv) {
    constexpr int kExitFailed = 1;
    constexpr int kExitUsage = 2;
    try {
        CLI::App app("Segue masters your music while it plays.", "segue");
        app.set_version_flag("--version", "segue " + std::string(segue::backend::version()));
        app.require_subcommand(1);
        app.footer("Example:\n  segue serve --library ~/Music\n\n"
                   "segue SUBCOMMAND --help tells more.");
        segue::tools::ServeCommand serve(app);
        segue::tools::AnalyzeCommand analyze(app);
        segue::tools::EnhanceCommand enhance(app);
        segue::tools::ScorecardCommand scorecard(app);
        segue::tools::CorridorCommand corridor(app);
        segue::tools::CacheCommand cache(app);
        segue::tools::PrewarmCommand prewarm(app);
        segue::tools::PlaylistCommand playlist(app);
        segue::tools::ScanCommand scan(app);
        segue::tools::DemoCommand demo(app);
        try {
            app.parse(argc, argv);
        } catch (const CLI::ParseError& error) {
            return app.exit(error) == 0 ? 0 : kExitUsage;
        }
        if (serve.chosen())
            return serve.run();
        if (analyze.chosen())
            return analyze.run();
        if (enhance.chosen())
            return enhance.run();
        if (scorecard.chosen())
            return scorecard.run();
        if (corridor.chosen())
            return corridor.run();
        if (cache.chosen())
            return cache.run();
        if (prewarm.chosen())
            return prewarm.run();
        if (playlist.chosen())
            return playlist.run();
        if (scan.chosen())
            return scan.run();
        if (demo.chosen())
            return demo.run();
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "segue: %s\n", exception.what());
    }
    return kExitFailed;
}
