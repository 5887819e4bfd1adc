// Arbitrary bytes as what a client sends: the whole way through scanner, parser, body reader (to
// memory and to a file), library, router and range responder. Nothing may crash or hang, what comes
// back is HTTP, and a body is within its limit and the same in memory and in a file.

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "backend/http/BodyFile.h"
#include "backend/http/Connection.h"
#include "backend/http/RangeResponder.h"
#include "backend/http/RequestHead.h"
#include "processing/types/UniqueFd.h"

namespace {

using namespace segue;
using namespace segue::http;

constexpr std::int64_t kMostBodyBytes = 1000;

std::string contentOf(const BodyFile& file) {
    std::ifstream stream(file.path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void addRoutes(Router& router) {
    const auto echo = [](const RequestContext& ctx, httplib::Response& res) {
        std::string text = ctx.request.path + ctx.request.body;
        for (const auto& [name, value] : ctx.request.headers)
            text += name + value;
        for (const auto& [name, value] : ctx.pathParams)
            text += name + value;
        res.set_content(text, "text/plain");
    };
    router.add("GET", "/a/{id}", echo);
    router.add("POST", "/a/{id}", echo);
    router.add(
        "POST", "/f/{id}",
        [echo](const RequestContext& ctx, httplib::Response& res) {
            if (!ctx.bodyFile)
                return echo(ctx, res);
            const std::string body = contentOf(*ctx.bodyFile);
            if (body.size() > kMostBodyBytes ||
                static_cast<std::int64_t>(body.size()) != ctx.bodyFile->size())
                std::abort();
            res.set_content(body, "text/plain");
        },
        [](const RequestHead& head) -> Result<std::shared_ptr<BodyFile>> {
            static const BodyFolder folder(std::filesystem::temp_directory_path() / "segue-fuzz",
                                           kMostBodyBytes, 1);
            if (head.path == "/f/memory")
                return nullptr;
            if (head.path == "/f/no")
                return fail(ErrorCode::Unsupported, "no");
            return folder.open();
        });
    router.add("GET", "/r", [](const RequestContext& ctx, httplib::Response& res) {
        RangedResource resource;
        resource.length = 1000;
        resource.contentType = "audio/wav";
        resource.etag = "\"v\"";
        resource.lastModified = std::chrono::sys_seconds(std::chrono::seconds(784111777));
        resource.read = [](std::int64_t offset, std::span<std::byte> out,
                           const Liveness&) -> Result<std::size_t> {
            if (offset < 0 || offset + static_cast<std::int64_t>(out.size()) > 1000)
                std::abort();
            std::fill(out.begin(), out.end(), std::byte{'x'});
            return out.size();
        };
        serveRanged(ctx, res, std::move(resource));
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const ServerOptions options = [] {
        ServerOptions o;
        o.maxBodyBytes = kMostBodyBytes;
        o.headerTimeout = o.bodyTimeout = o.idleTimeout = std::chrono::milliseconds(100);
        o.writeTimeout = std::chrono::milliseconds(10);
        return o;
    }();
    static Router router;
    [[maybe_unused]] static const bool hasRoutes = (addRoutes(router), true);
    static const HostPolicy hostPolicy(HostPolicy::Hosts::LoopbackOnly, {"music.example"});
    static Connections connections;
    static const std::atomic<bool> stopping = false;
    static std::atomic<std::int64_t> requests = 0;
    static std::atomic<std::int64_t> badRequests = 0;
    static const ConnectionEnvironment environment{options,     router,     hostPolicy,
                                                   connections, stopping,   [] { return false; },
                                                   requests,    badRequests};

    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return 0;
    const UniqueFd client(pair[0]);
    {
        const UniqueFd server(pair[1]);
        // What does not fit is cut off, as by a client that leaves.
        if (::send(client.get(), data, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && size > 0)
            return 0;
        ::shutdown(client.get(), SHUT_WR);
        serveConnection(server.get(), environment);
        connections.remove(server.get());
    }
    std::string answer(1 << 16, '\0');
    const ssize_t got = ::recv(client.get(), answer.data(), answer.size(), MSG_DONTWAIT);
    answer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (!answer.empty() && !answer.starts_with("HTTP/1.1 "))
        std::abort();
    return 0;
}
