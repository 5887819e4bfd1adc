// The flags of `segue serve`, where they may come from, and the life of the process: signals are
// blocked before any thread exists, so that the main thread alone receives them, and the server is
// taken down in order when one comes.
#include "tools/segue/ServeCommand.h"

#include <arpa/inet.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "backend/Application.h"
#include "backend/ServerNote.h"
#include "processing/mastering/Preset.h"
#include "tools/segue/AudioFiles.h"
#include "tools/segue/ProcessLimits.h"

namespace segue::tools {

namespace {

namespace fs = std::filesystem;

constexpr int kExitCannotServe = 1;
constexpr int kExitWrongSettings = 2;

fs::path defaultWebRoot() {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::path("web") : self.parent_path() / "web";
}

bool isLoopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

sigset_t blockSignals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP})
        sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signal(SIGPIPE, SIG_IGN); // a client that leaves is an error of write()
    return set;
}

void startLog(const std::string& level) {
    // stdout belongs to the one line with the address.
    auto logger = spdlog::stderr_color_mt("segue");
    logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
    spdlog::set_default_logger(std::move(logger));
    spdlog::set_level(spdlog::level::from_str(level));
    spdlog::flush_on(spdlog::level::info);
}

int complain(const std::string& what, int exitCode) {
    std::fprintf(stderr, "segue serve: %s\n", what.c_str());
    return exitCode;
}

} // namespace

ServeCommand::ServeCommand(CLI::App& app)
    : command_(app.add_subcommand("serve", "Serve a music library, mastered while it plays")),
      data_(*command_), webRoot_(defaultWebRoot()) {
    libraryOption_ = command_
                         ->add_option("--library", libraries_,
                                      "A folder of music; may be given several times "
                                      "(Env:SEGUE_LIBRARY, several separated by ':')")
                         ->type_name("FOLDER")
                         ->allow_extra_args(false);
    command_->add_option("--host", host_, "Address to listen on; 0.0.0.0 lets the whole network in")
        ->envname("SEGUE_HOST")
        ->capture_default_str();
    command_
        ->add_option("--host-name", hostNames_,
                     "A further name by which clients may call a loopback address, for a proxy "
                     "in front; may be given several times")
        ->type_name("NAME")
        ->allow_extra_args(false);
    command_->add_option("--port", port_, "Port to listen on; 0 takes any free one")
        ->check(CLI::Range(0, 65535))
        ->envname("SEGUE_PORT")
        ->capture_default_str();
    command_->add_option("--workers", workers_, "Render threads; 0: one per core")
        ->check(CLI::Range(0, 256))
        ->envname("SEGUE_WORKERS")
        ->capture_default_str();
    command_
        ->add_option("--cache-size", cacheBytes_,
                     "Room for rendered chunks, e.g. 500MB or 4GiB; a quarter on top for the "
                     "first chunks of tracks [1GiB]")
        ->transform(CLI::AsSizeValue(true))
        ->type_name("SIZE")
        ->envname("SEGUE_CACHE_SIZE");
    command_
        ->add_option("--preset", preset_,
                     "What streams get that name no preset: a built-in one, or one of yours in "
                     "DATA/presets")
        ->type_name("NAME")
        ->envname("SEGUE_PRESET")
        ->capture_default_str();
    command_
        ->add_option("--target", targetLufs_,
                     "Loudness of streams that ask for none, instead of the preset's")
        ->check(CLI::Range(mastering::kMinTargetLufs, mastering::kMaxTargetLufs))
        ->type_name("LUFS")
        ->envname("SEGUE_TARGET");
    command_
        ->add_option("--ceiling", ceilingDbtp_,
                     "True-peak ceiling of streams that ask for none, instead of the preset's")
        ->check(CLI::Range(mastering::kMinCeilingDbtp, mastering::kMaxCeilingDbtp))
        ->type_name("DBTP")
        ->envname("SEGUE_CEILING");
    command_
        ->add_option("--watch", watch_,
                     "Notice at once what changes in the music folders; --watch=false waits for "
                     "scans")
        ->type_name("true|false")
        ->envname("SEGUE_WATCH")
        ->capture_default_str();
    command_
        ->add_option("--rescan-every", rescanMinutes_,
                     "Look for new, changed and vanished files every so many minutes, too; 0: only "
                     "where changes cannot be watched (network shares), every 15 minutes")
        ->check(CLI::Range(0, 10'080))
        ->type_name("MINUTES")
        ->envname("SEGUE_RESCAN_EVERY")
        ->capture_default_str();
    command_
        ->add_option("--prewarm-at", prewarmAt_,
                     "Render the beginnings of tracks into the cache every day at this time, e.g. "
                     "04:00")
        ->type_name("HH:MM")
        ->envname("SEGUE_PREWARM_AT");
    command_
        ->add_option("--prewarm", prewarm_,
                     "Of what: most-played, recent or all; may be given several times "
                     "[most-played, then recent]")
        ->type_name("WHAT")
        ->allow_extra_args(false);
    command_
        ->add_option("--enhance-to", enhanceTo_,
                     "Where files go that clients have enhanced [DATA/enhanced]")
        ->type_name("FOLDER")
        ->envname("SEGUE_ENHANCE_TO");
    command_->add_option("--web-root", webRoot_, "The web player's files")
        ->type_name("FOLDER")
        ->envname("SEGUE_WEB_ROOT")
        ->capture_default_str();
    command_
        ->add_option("--config", config_,
                     "A file of settings, one `flag = value` a line, e.g. "
                     "library = [\"/music\", \"/more\"]")
        ->type_name("FILE")
        ->envname("SEGUE_CONFIG");
    command_->add_option("--log-level", logLevel_, "How much to tell")
        ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
        ->envname("SEGUE_LOG_LEVEL")
        ->capture_default_str();
    command_->footer("A flag wins over its variable (SEGUE_PORT and the like), and that over the "
                     "config file.\n\n"
                     "Example:\n"
                     "  segue serve --library ~/Music --data ~/.local/share/segue --port 8080");
}

std::string ServeCommand::readConfig() {
    if (config_.empty())
        return {};
    try {
        for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_file(config_.string())) {
            const std::string name = item.fullname();
            CLI::Option* option =
                name == "config" ? nullptr : command_->get_option_no_throw("--" + name);
            if (!option)
                return "'" + config_.string() + "': there is no setting '" + name +
                       "'; they are named like the flags in `segue serve --help`";
            if (option->count() > 0)
                continue;
            for (const std::string& value : item.inputs)
                option->add_result(value);
            option->run_callback();
        }
    } catch (const CLI::Error& error) {
        return "'" + config_.string() + "': " + error.what();
    }
    return {};
}

std::string ServeCommand::checkSettings() {
    if (libraryOption_->count() == 0)
        libraries_ = libraryOfEnvironment();
    if (std::string wrong = readConfig(); !wrong.empty())
        return wrong;
    if (libraries_.empty())
        return "no music folder given; say where your music is: segue serve --library FOLDER";
    for (const fs::path& library : libraries_) {
        std::error_code error;
        const fs::file_status status = fs::status(library, error);
        if (fs::exists(status) && !fs::is_directory(status))
            return "'" + library.string() + "' is not a folder; --library wants a folder of music";
    }
    if (cacheBytes_ > std::uint64_t{1} << 50)
        return "--cache-size: more than 1024 TiB";
    return readSchedule();
}

std::string ServeCommand::readSchedule() {
    using Kind = backend::PrewarmSelection::Kind;
    if (prewarmAt_.empty())
        return prewarm_.empty() ? "" : "--prewarm: say when with --prewarm-at HH:MM";
    const auto minute = backend::parseMinuteOfDay(prewarmAt_);
    if (!minute)
        return "--prewarm-at: " + minute.error().message;
    schedule_.emplace().minuteOfDay = *minute;
    if (prewarm_.empty())
        prewarm_ = {"most-played", "recent"};
    for (const std::string& what : prewarm_) {
        const auto kind = backend::prewarmKindNamed(what);
        if (kind != Kind::All && kind != Kind::Recent && kind != Kind::MostPlayed)
            return "--prewarm: '" + what + "' is none of most-played, recent, all";
        schedule_->requests.emplace_back().selection.kind = *kind;
    }
    return {};
}

int ServeCommand::run() {
    if (const std::string wrong = checkSettings(); !wrong.empty())
        return complain(wrong, kExitWrongSettings);
    const sigset_t signals = blockSignals();
    startLog(logLevel_);
    raiseDescriptorLimit(); // each connection and each chunk that is being read holds one

    std::error_code ignored;
    backend::ApplicationOptions options;
    for (const fs::path& library : libraries_) {
        options.roots.push_back(fs::absolute(library));
        if (!fs::is_directory(library, ignored))
            spdlog::warn("the music folder '{}' is not there; its tracks come back with it",
                         library.string());
    }
    if (!fs::exists(webRoot_ / "index.html", ignored))
        spdlog::warn("no web player in '{}' (see --web-root); the API works without",
                     webRoot_.string());
    if (!isLoopback(host_))
        spdlog::warn("listening on {}: whoever reaches this machine can play its music, there "
                     "are no passwords",
                     host_);
    options.data = fs::absolute(data_.folder());
    options.webRoot = webRoot_;
    options.workers = workers_;
    options.cacheBytes = static_cast<std::int64_t>(cacheBytes_);
    options.defaults = {.preset = preset_, .targetLufs = targetLufs_, .ceilingDbtp = ceilingDbtp_};
    options.prewarm = schedule_;
    options.watch = watch_ ? library::Watcher::Watching::Yes : library::Watcher::Watching::No;
    options.rescanEvery = std::chrono::minutes(rescanMinutes_);
    if (!enhanceTo_.empty())
        options.enhanceTo = fs::absolute(enhanceTo_);
    options.http.host = host_;
    options.http.port = port_;
    options.http.hostNames = hostNames_;

    auto application = backend::Application::open(options);
    if (!application)
        return complain(application.error().message, kExitCannotServe);
    const auto port = (*application)->start();
    if (!port)
        return complain(port.error().message + "; choose another with --port or --host",
                        kExitCannotServe);
    std::printf("Segue plays at %s\n", backend::addressOf(host_, *port).c_str());
    std::fflush(stdout);

    int received = 0;
    sigwait(&signals, &received);
    spdlog::info("stopping");
    // A second signal ends the process at once.
    for (const int number : {SIGINT, SIGTERM, SIGHUP})
        signal(number, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    application->reset();
    return 0;
}

} // namespace segue::tools
