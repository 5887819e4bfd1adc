// `segue scan`: has the server that runs on the data folder scan, and asks it twice a second how
// far it is; without one scans itself. An interrupt ends the scan there too, and what it has read
// is kept. The JSON library is used without exceptions.
#include "tools/segue/ScanCommand.h"

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include "backend/ServerNote.h"
#include "tools/segue/AudioFiles.h"
#include "tools/segue/Interrupt.h"
#include "tools/segue/MusicFolders.h"
#include "tools/segue/ProgressBar.h"

namespace segue::tools {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using library::ScanProgress;
using library::ScanReport;

constexpr int kExitFailed = 1;
constexpr int kExitWrongSettings = 2;
constexpr auto kAskInterval = std::chrono::milliseconds(500);
/// A server that is busy with readers answers late, not never.
constexpr std::time_t kPatienceSeconds = 30;
constexpr int kAccepted = 202, kOk = 200, kConflict = 409;

void show(ProgressBar& bar, const ScanProgress& now) {
    // How many files there are is known at the end only; until then new ones are most of the work.
    const double fraction = now.filesToRead == 0 ? 0
                                                 : static_cast<double>(now.filesRead) /
                                                       static_cast<double>(now.filesToRead);
    bar.update(0.99 * fraction, std::to_string(now.filesSeen) + " files, " +
                                    std::to_string(now.filesRead) + " of " +
                                    std::to_string(now.filesToRead) + " read");
}

std::int64_t integerIn(const Json& json, const char* name) {
    const auto it = json.find(name);
    return it != json.end() && it->is_number_integer() ? it->get<std::int64_t>() : 0;
}

bool isTrue(const Json& json, const char* name) {
    const auto it = json.find(name);
    return it != json.end() && it->is_boolean() && it->get<bool>();
}

std::string textIn(const Json& json, const char* name) {
    const auto it = json.find(name);
    return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
}

ScanProgress progressIn(const Json& json) {
    return {integerIn(json, "filesSeen"), integerIn(json, "filesToRead"),
            integerIn(json, "filesRead"), integerIn(json, "added"),
            integerIn(json, "changed"),   integerIn(json, "moved"),
            integerIn(json, "missing"),   integerIn(json, "skipped")};
}

/// The object that the server answers with. @errors Io
Result<Json> objectIn(const httplib::Result& answer, const std::string& address) {
    if (!answer)
        return fail(ErrorCode::Io,
                    "the server at " + address + " does not answer: " + to_string(answer.error()));
    Json json = Json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
    if (answer->status != kOk && answer->status != kAccepted)
        return fail(ErrorCode::Io, "the server at " + address + " answered " +
                                       std::to_string(answer->status) + ": " +
                                       (json.is_object() ? textIn(json, "detail") : ""));
    if (!json.is_object())
        return fail(ErrorCode::Io, "the server at " + address + " answered no JSON object");
    return json;
}

/// All pages.
Result<std::vector<library::ScanProblem>> problemsOf(httplib::Client& client,
                                                     const std::string& address) {
    const std::string list = "/api/library/problems?limit=1000";
    std::vector<library::ScanProblem> problems;
    for (std::string page = list;;) {
        const auto answer = objectIn(client.Get(page), address);
        if (!answer)
            return fail(answer.error());
        if (const auto some = answer->find("problems"); some != answer->end() && some->is_array())
            for (const Json& problem : *some)
                problems.push_back({textIn(problem, "path"), textIn(problem, "reason")});
        const std::string next = textIn(*answer, "next"); // digits that need no escapes
        if (next.empty())
            return problems;
        page = list + "&after=" + next;
    }
}

} // namespace

ScanCommand::ScanCommand(CLI::App& app)
    : command_(app.add_subcommand("scan", "Look for new, changed and vanished files")),
      data_(*command_) {
    command_
        ->add_option("--library", libraries_,
                     "A folder of music, where nobody has said so yet; may be given several "
                     "times")
        ->type_name("FOLDER")
        ->allow_extra_args(false);
    command_->add_flag("--folders", folders_,
                       "Believe that nothing has changed in a folder to which nothing was added "
                       "and from which nothing was taken");
    command_->add_flag("--json", json_, "Tell the result as one JSON object");
    command_->footer("A server that runs on the data folder does the work; without one it is done "
                     "here.\n\n"
                     "Example:\n"
                     "  segue scan --folders");
}

Result<ScanReport> ScanCommand::runHere(const backend::DataFolder& folder,
                                        const std::vector<fs::path>& roots,
                                        const std::atomic<bool>& cancel) const {
    const auto opened = library::Library::open(folder.database(), roots);
    if (!opened)
        return fail(opened.error());
    ProgressBar bar("Scanning");
    return (*opened)->scan(
        [&](const ScanProgress& now) { show(bar, now); }, cancel,
        {.depth = folders_ ? library::ScanDepth::Folders : library::ScanDepth::Files,
         .folders = {}});
}

Result<ScanReport> ScanCommand::runThere(const fs::path& noteFile,
                                         const std::atomic<bool>& cancel) const {
    const auto note = backend::readServerNote(noteFile);
    if (!note || note->address.empty())
        return fail(ErrorCode::Busy,
                    "a server is starting on this data folder; try again in a moment");
    httplib::Client client(note->address);
    client.set_read_timeout(kPatienceSeconds);
    const auto begun =
        client.Post(folders_ ? "/api/library/scan?depth=folders" : "/api/library/scan");
    // One that runs already is as good.
    if (!begun || begun->status != kConflict)
        if (const auto accepted = objectIn(begun, note->address); !accepted)
            return fail(accepted.error());
    ProgressBar bar("Scanning");
    for (bool cancelled = false;;) {
        const auto state = objectIn(client.Get("/api/library/scan"), note->address);
        if (!state)
            return fail(state.error());
        ScanReport report;
        report.counts = progressIn(*state);
        report.cancelled = isTrue(*state, "cancelled");
        if (isTrue(*state, "failed"))
            return fail(ErrorCode::Io, textIn(*state, "error"));
        if (!isTrue(*state, "running")) {
            auto problems = problemsOf(client, note->address);
            if (!problems)
                return fail(problems.error());
            report.problems = std::move(*problems);
            return report;
        }
        show(bar, report.counts);
        if (cancel && !std::exchange(cancelled, true))
            (void)client.Delete("/api/library/scan");
        std::this_thread::sleep_for(kAskInterval);
    }
}

int ScanCommand::tell(const ScanReport& report) const {
    const ScanProgress& counts = report.counts;
    if (json_) {
        Json problems = Json::array();
        for (const library::ScanProblem& problem : report.problems)
            problems.push_back({{"path", problem.path}, {"reason", problem.reason}});
        const Json json{{"files", counts.filesSeen},     {"added", counts.added},
                        {"changed", counts.changed},     {"moved", counts.moved},
                        {"missing", counts.missing},     {"skipped", counts.skipped},
                        {"cancelled", report.cancelled}, {"problems", std::move(problems)}};
        std::printf("%s\n", json.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    } else {
        std::printf("%lld files: %lld added, %lld changed, %lld moved, %lld missing, %lld "
                    "skipped\n",
                    static_cast<long long>(counts.filesSeen), static_cast<long long>(counts.added),
                    static_cast<long long>(counts.changed), static_cast<long long>(counts.moved),
                    static_cast<long long>(counts.missing), static_cast<long long>(counts.skipped));
    }
    std::fflush(stdout);
    for (const library::ScanProblem& problem : report.problems)
        std::fprintf(stderr, "segue scan: '%s': %s\n", printable(problem.path).c_str(),
                     printable(problem.reason).c_str());
    return report.cancelled ? kExitInterrupted : 0;
}

int ScanCommand::run() {
    const auto complain = [](const Error& error, int exitCode) {
        std::fprintf(stderr, "segue scan: %s\n", printable(error.message).c_str());
        return exitCode;
    };
    const std::atomic<bool>& cancel = listenForInterrupts();
    std::error_code ignored;
    if (!libraries_.empty())
        fs::create_directories(data_.folder(), ignored);
    const auto folder = backend::DataFolder::beside(data_.folder());
    if (!folder)
        return complain(folder.error(), kExitWrongSettings);
    const auto roots = musicFolders(libraries_, *folder);
    if (!roots)
        return complain(roots.error(), kExitWrongSettings);
    const auto report = backend::DataFolder::isServed(data_.folder())
                            ? runThere(folder->serverNote(), cancel)
                            : runHere(*folder, *roots, cancel);
    return report ? tell(*report) : complain(report.error(), kExitFailed);
}

} // namespace segue::tools
