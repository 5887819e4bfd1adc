#pragma once

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>

#include "backend/http/HttpServer.h"
#include "backend/http/Problem.h"
#include "backend/http/RangeResponder.h"
#include "tests/backend/http/RawClient.h"

namespace segue::test {

/// Byte `i` of the test resources: no two neighbouring blocks are alike.
inline char patternByte(std::int64_t i) {
    return static_cast<char>((i * 31 + i / 251) & 0xff);
}
inline std::string patternBytes(std::int64_t offset, std::int64_t length) {
    std::string bytes;
    for (std::int64_t i = offset; i < offset + length; ++i)
        bytes += patternByte(i);
    return bytes;
}
inline http::RangedResource patternResource(std::int64_t length) {
    http::RangedResource resource;
    resource.length = length;
    resource.contentType = "audio/wav";
    resource.etag = "\"v1\"";
    resource.lastModified = std::chrono::sys_seconds(std::chrono::seconds(784111777));
    resource.read = [](std::int64_t offset, std::span<std::byte> out,
                       const http::Liveness&) -> Result<std::size_t> {
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = static_cast<std::byte>(patternByte(offset + static_cast<std::int64_t>(i)));
        return out.size();
    };
    return resource;
}

/// A server with a few routes: /thousand (1000 pattern bytes), /big (64 MiB of them), /empty,
/// /hello, /echo (POST and GET: what arrived, one line each), /error, /throw, /items/{id}.
class TestServer {
  public:
    explicit TestServer(http::ServerOptions options = {},
                        const std::function<void(http::HttpServer&)>& addRoutes = {})
        : server_(withAnyPort(std::move(options))) {
        addOwnRoutes();
        if (addRoutes)
            addRoutes(server_);
        const auto started = server_.start();
        if (!started)
            throw std::runtime_error(started.error().message);
    }

    http::HttpServer& operator*() { return server_; }
    http::HttpServer* operator->() { return &server_; }
    int port() const { return server_.port(); }

    /// One request on a connection of its own.
    RawResponse request(const std::string& bytes) { return RawClient(port()).request(bytes); }

    static constexpr std::int64_t kBigBytes = std::int64_t{64} << 20;

  private:
    static http::ServerOptions withAnyPort(http::ServerOptions options) {
        options.port = 0;
        return options;
    }
    void addOwnRoutes() {
        using http::RequestContext;
        server_.route("GET", "/thousand", [](const RequestContext& ctx, httplib::Response& res) {
            serveRanged(ctx, res, patternResource(1000));
        });
        server_.route("GET", "/big", [](const RequestContext& ctx, httplib::Response& res) {
            serveRanged(ctx, res, patternResource(kBigBytes));
        });
        server_.route("GET", "/empty", [](const RequestContext& ctx, httplib::Response& res) {
            serveRanged(ctx, res, patternResource(0));
        });
        server_.route("GET", "/hello", [](const RequestContext&, httplib::Response& res) {
            http::respondJson(res, R"({"hello":"world"})");
        });
        const auto echo = [](const RequestContext& ctx, httplib::Response& res) {
            std::string text = ctx.request.method + " " + ctx.request.path + "\n";
            for (const auto& [name, value] : ctx.request.params)
                text.append("param ").append(name).append("=").append(value).append("\n");
            for (const auto& [name, value] : ctx.request.headers)
                text.append("header ").append(name).append("=").append(value).append("\n");
            text += "remote " + ctx.request.remote_addr + "\nbody " + ctx.request.body + "\n";
            res.set_content(text, "text/plain");
        };
        for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"})
            server_.route(method, "/echo", echo);
        server_.route("GET", "/items/{id}", [](const RequestContext& ctx, httplib::Response& res) {
            res.set_content(ctx.pathParam("id"), "text/plain");
        });
        server_.route("GET", "/error", [](const RequestContext& ctx, httplib::Response& res) {
            http::respond(ctx, res, Error{ErrorCode::Corrupt, std::string(200, 'x')});
        });
        server_.route("GET", "/throw", [](const RequestContext&, httplib::Response&) {
            throw std::runtime_error("the secret text\r\nX-Injected: 1");
        });
    }

    http::HttpServer server_;
};

} // namespace segue::test
