// The client's side of /api/prewarm. Asks the server twice a second how far it is, which needs no
// connection of its own for long and survives a lost answer. The JSON library is used without
// exceptions.
#include "tools/segue/RemotePrewarm.h"

#include <chrono>
#include <thread>
#include <utility>

#include <httplib.h>
#include <nlohmann/json.hpp>

namespace segue::tools {
namespace {

using Json = nlohmann::json;
using backend::PrewarmProgress;

constexpr auto kAskInterval = std::chrono::milliseconds(500);
constexpr auto kLook = std::chrono::milliseconds(50);
/// A server that is busy with readers answers late, not never.
constexpr std::time_t kPatienceSeconds = 30;
constexpr int kMostLostAnswers = 20;
constexpr int kAccepted = 202, kOk = 200, kBadRequest = 400;

std::int64_t integerIn(const Json& json, const char* name) {
    const auto it = json.find(name);
    return it != json.end() && it->is_number_integer() ? it->get<std::int64_t>() : 0;
}

double numberIn(const Json& json, const char* name) {
    const auto it = json.find(name);
    return it != json.end() && it->is_number() ? it->get<double>() : 0;
}

std::string textIn(const Json& json, const char* name) {
    const auto it = json.find(name);
    return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
}

/// The value whose name is `name`; the first one when there is none.
template <typename Enum>
Enum named(const std::string& name, Enum last) {
    for (int i = 0; i <= static_cast<int>(last); ++i)
        if (backend::nameOf(static_cast<Enum>(i)) == name)
            return static_cast<Enum>(i);
    return Enum{};
}

Error errorOf(const httplib::Response& response) {
    const Json problem = Json::parse(response.body, nullptr, /*allow_exceptions=*/false);
    const std::string detail = problem.is_object() ? textIn(problem, "detail") : std::string();
    return {response.status == kBadRequest ? ErrorCode::InvalidArgument : ErrorCode::Io,
            detail.empty() ? "the server answered " + std::to_string(response.status) : detail};
}

Error unreachable(const std::string& address, httplib::Error error) {
    return {ErrorCode::Io, "the server at " + address + " does not answer: " + to_string(error)};
}

} // namespace

Result<PrewarmProgress> parsePrewarmProgress(const std::string& text) {
    const Json job = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!job.is_object() || !job.contains("progress") || !job["progress"].is_object())
        return fail(ErrorCode::Corrupt, "the server's answer is no pre-warming");
    const Json& json = job["progress"];
    PrewarmProgress progress;
    progress.phase = named(textIn(json, "phase"), PrewarmProgress::Phase::Cancelled);
    progress.limit = named(textIn(json, "limit"), PrewarmProgress::Limit::CacheFull);
    progress.fraction = numberIn(json, "fraction");
    progress.tracks = integerIn(json, "tracks");
    progress.tracksFailed = integerIn(json, "tracksFailed");
    progress.analyses = integerIn(json, "analyses");
    progress.chunksThere = integerIn(json, "chunksThere");
    progress.chunksRendered = integerIn(json, "chunksRendered");
    progress.bytes = integerIn(json, "bytes");
    progress.seconds = numberIn(json, "seconds");
    progress.error = textIn(json, "error");
    if (const auto problems = json.find("problems"); problems != json.end())
        for (const Json& problem : *problems)
            if (problem.is_string())
                progress.problems.push_back(problem.get<std::string>());
    return progress;
}

Result<PrewarmProgress> prewarmRemotely(const std::string& address,
                                        const backend::PrewarmRequest& request,
                                        const std::function<void(const PrewarmProgress&)>& report,
                                        const std::atomic<bool>& cancel) {
    httplib::Client client(address);
    client.set_read_timeout(kPatienceSeconds);
    const auto begun = client.Post("/api/prewarm", backend::toJson(request), "application/json");
    if (!begun)
        return fail(unreachable(address, begun.error()));
    if (begun->status != kAccepted)
        return fail(errorOf(*begun));
    const std::string path = begun->get_header_value("Location");
    bool cancelled = false;
    for (int lost = 0;;) {
        const auto state = client.Get(path.c_str());
        if (state && state->status != kOk)
            return fail(errorOf(*state));
        if (!state && ++lost > kMostLostAnswers)
            return fail(unreachable(address, state.error()));
        if (state) {
            lost = 0;
            auto progress = parsePrewarmProgress(state->body);
            if (!progress || progress->ended())
                return progress;
            report(*progress);
        }
        const auto next = std::chrono::steady_clock::now() + kAskInterval;
        while (std::chrono::steady_clock::now() < next && (!cancel || cancelled))
            std::this_thread::sleep_for(kLook);
        if (cancel && !std::exchange(cancelled, true))
            (void)client.Delete(path.c_str());
    }
}

} // namespace segue::tools
