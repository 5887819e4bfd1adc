// The life of connections, over real sockets: keep-alive, limits, deadlines, clients that stall or
// vanish, shutdown, and a listener that breaks.

#include "backend/http/HttpServer.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <future>
#include <set>
#include <thread>
#include <vector>

#include "tests/backend/http/TestServer.h"
#include "tests/support/Errors.h"

namespace segue::http {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::get;
using test::patternBytes;
using test::RawClient;
using test::requestOf;
using test::TestServer;

int threadsOfProcess() {
    int count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/task"))
        ++count;
    return count;
}

int openDescriptors() {
    int count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        ++count;
    return count;
}

/// Descriptor of this process that listens on `port`, or -1.
int listenerOf(int port) {
    for (int fd = 3; fd < 4096; ++fd) {
        int isListening = 0;
        socklen_t length = sizeof isListening;
        sockaddr_in address{};
        socklen_t addressLength = sizeof address;
        if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0 &&
            isListening != 0 &&
            ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &addressLength) == 0 &&
            ntohs(address.sin_port) == port)
            return fd;
    }
    return -1;
}

TEST(HttpServer, KeepsAConnectionAliveAndAnswersInOrder) {
    TestServer server;
    RawClient client(server.port());
    for (int i = 0; i < 20; ++i) {
        const auto res = client.request(get("/items/" + std::to_string(i)));
        EXPECT_EQ(res.body, std::to_string(i));
        EXPECT_FALSE(res.has("connection"));
        EXPECT_EQ(res.header("keep-alive"), "timeout=5, max=1000");
    }
    EXPECT_EQ(server->stats().accepted, 1);
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
    TestServer server;
    RawClient client(server.port());
    client.send(get("/items/1") + requestOf("POST", "/echo", "Content-Length: 3\r\n", "abc") +
                get("/thousand", "Range: bytes=1-2\r\n") + requestOf("HEAD", "/big") +
                get("/items/2", "Connection: close\r\n") + get("/items/3"));
    EXPECT_EQ(client.response().body, "1");
    EXPECT_NE(client.response().body.find("body abc\n"), std::string::npos);
    EXPECT_EQ(client.response().body, patternBytes(1, 2));
    EXPECT_EQ(client.response("HEAD").header("content-length"),
              std::to_string(TestServer::kBigBytes));
    EXPECT_EQ(client.response().body, "2");
    EXPECT_TRUE(client.closesNow());
}

TEST(HttpServer, ReadsARequestThatArrivesInSingleBytes) {
    TestServer server;
    RawClient client(server.port());
    for (const char c : requestOf("POST", "/echo", "Transfer-Encoding: chunked\r\n",
                                  "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
        ASSERT_TRUE(client.send(std::string_view(&c, 1)));
    EXPECT_NE(client.response().body.find("body abcde\n"), std::string::npos);
}

TEST(HttpServer, SpeaksHttp10) {
    TestServer server;
    RawClient client(server.port());
    const auto res = client.request("GET /hello HTTP/1.0\r\n\r\n");
    EXPECT_EQ(res.status, 200);
    EXPECT_EQ(res.header("connection"), "close");
    EXPECT_TRUE(client.closesNow());
    RawClient keeping(server.port());
    const std::string request = "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    EXPECT_EQ(keeping.request(request).header("connection"), "keep-alive");
    EXPECT_EQ(keeping.request(request).status, 200);
}

TEST(HttpServer, BodiesOfUnknownLengthAreChunkedOrEndWithTheConnection) {
    const auto addRoutes = [](HttpServer& server) {
        const auto provide = [](std::size_t offset, httplib::DataSink& sink) {
            if (offset < 3)
                return sink.write("x", 1);
            sink.done();
            return true;
        };
        server.route("GET", "/chunked", [=](const RequestContext&, httplib::Response& res) {
            res.set_chunked_content_provider("text/plain", provide);
        });
        server.route("GET", "/endless", [=](const RequestContext&, httplib::Response& res) {
            res.set_content_provider("text/plain", provide);
        });
    };
    TestServer server({}, addRoutes);
    RawClient client(server.port());
    const auto chunked = client.request(get("/chunked"));
    EXPECT_EQ(chunked.header("transfer-encoding"), "chunked");
    EXPECT_FALSE(chunked.has("content-length"));
    EXPECT_EQ(chunked.body, "xxx");
    const auto endless = client.request(get("/endless"));
    EXPECT_EQ(endless.header("connection"), "close");
    EXPECT_EQ(endless.body, "xxx");
    const auto old = server.request("GET /chunked HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_FALSE(old.has("transfer-encoding"));
    EXPECT_EQ(old.body, "xxx");
}

TEST(HttpServer, ClosesAfterTheLastRequestOfAConnection) {
    ServerOptions options;
    options.maxRequestsPerConnection = 3;
    TestServer server(options);
    RawClient client(server.port());
    EXPECT_FALSE(client.request(get("/hello")).has("connection"));
    EXPECT_FALSE(client.request(get("/hello")).has("connection"));
    EXPECT_EQ(client.request(get("/hello")).header("connection"), "close");
    EXPECT_TRUE(client.closesNow());
}

TEST(HttpServer, SendsContinueOnlyWhenTheBodyIsWelcome) {
    ServerOptions options;
    options.maxBodyBytes = 10;
    TestServer server(options);
    RawClient client(server.port());
    client.send(requestOf("POST", "/echo", "Content-Length: 5\r\nExpect: 100-continue\r\n"));
    EXPECT_EQ(client.response().status, 100);
    client.send("hello");
    EXPECT_NE(client.response().body.find("body hello\n"), std::string::npos);
    // A body that is there already needs no invitation.
    EXPECT_EQ(client
                  .request(requestOf("POST", "/echo",
                                     "Content-Length: 5\r\nExpect: 100-continue\r\n", "hello"))
                  .status,
              200);
    EXPECT_EQ(
        client.request(requestOf("POST", "/echo", "Content-Length: 11\r\nExpect: 100-continue\r\n"))
            .status,
        413);
}

TEST(HttpServer, RefusalIsReadThoughTheClientIsStillUploading) {
    ServerOptions options;
    options.maxBodyBytes = 1000;
    TestServer server(options);
    // After its answer the server takes and drops the rest for a while: a reset could reach the
    // client before it has read the answer.
    EXPECT_TRUE(eventually([&] {
        RawClient client(server.port());
        client.send(requestOf("POST", "/echo", "Content-Length: 2000000\r\n"));
        EXPECT_EQ(client.response().status, 413);
        EXPECT_TRUE(client.closesNow());
        bool isTaken = true;
        for (int i = 0; i < 20; ++i)
            isTaken = isTaken && client.send(std::string(1000, 'x'));
        return isTaken;
    }));
}

TEST(HttpServer, EveryAnswerCarriesDateAndSecurityHeaders) {
    TestServer server;
    for (const std::string& request : {get("/hello"), get("/nowhere"), get("/hello\x01")}) {
        const auto res = server.request(request);
        EXPECT_EQ(res.headers.count("date"), 1u);
        EXPECT_EQ(res.headers.count("content-length"), 1u);
        EXPECT_EQ(res.header("x-content-type-options"), "nosniff");
        EXPECT_EQ(res.header("cross-origin-resource-policy"), "same-origin");
    }
    EXPECT_FALSE(server.request(requestOf("HEAD", "/hello")).has("accept-ranges"));
}

TEST(HttpServer, RefusesForeignHostsAndOrigins) {
    TestServer server;
    EXPECT_EQ(server.request("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n").status, 421);
    EXPECT_EQ(server.request(requestOf("POST", "/echo", "Origin: http://evil.example\r\n")).status,
              403);
    EXPECT_EQ(server.request(requestOf("POST", "/echo", "Origin: http://localhost\r\n")).status,
              200);
    const auto head = server.request("HEAD /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    EXPECT_EQ(head.status, 421);
}

TEST(HttpServer, OptionsAndHead) {
    TestServer server;
    const auto options = server.request(requestOf("OPTIONS", "/echo"));
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.header("allow"), "OPTIONS, DELETE, GET, HEAD, PATCH, POST, PUT");
    EXPECT_FALSE(options.has("content-length"));
    EXPECT_EQ(server.request(requestOf("OPTIONS", "*")).status, 204);
    EXPECT_EQ(server.request(requestOf("HEAD", "/hello")).header("content-length"), "17");
    EXPECT_EQ(server.request(requestOf("PUT", "/hello")).status, 405);
}

TEST(HttpServer, SlowHeaderAndSlowBodyAreCutOff) {
    ServerOptions options;
    options.headerTimeout = 200ms;
    options.bodyTimeout = 200ms;
    TestServer server(options);
    // Bytes keep coming, but the deadline is for the whole.
    RawClient header(server.port());
    header.send("GET /hello HTTP/1.1\r\n");
    std::atomic<bool> isAnswered = false;
    std::thread dripping([&] {
        while (!isAnswered && header.send("X: y\r\n"))
            ::poll(nullptr, 0, 5); // slow on purpose
    });
    EXPECT_EQ(header.response().status, 408);
    isAnswered = true;
    dripping.join();
    EXPECT_TRUE(header.closesNow());
    RawClient body(server.port());
    body.send(requestOf("POST", "/echo", "Content-Length: 10\r\n", "half"));
    EXPECT_EQ(body.response().status, 408);
    RawClient silent(server.port());
    EXPECT_TRUE(silent.closesNow());
}

TEST(HttpServer, IdleConnectionsAreClosed) {
    ServerOptions options;
    options.idleTimeout = 100ms;
    TestServer server(options);
    RawClient client(server.port());
    EXPECT_EQ(client.request(get("/hello")).status, 200);
    EXPECT_TRUE(client.closesNow());
}

TEST(HttpServer, ServesTwoHundredConnectionsAtOnce) {
    TestServer server;
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 200; ++i)
        clients.push_back(std::make_unique<RawClient>(server.port()));
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 200; ++i)
            clients[static_cast<std::size_t>(i)]->send(get("/items/" + std::to_string(i)));
        for (int i = 0; i < 200; ++i)
            EXPECT_EQ(clients[static_cast<std::size_t>(i)]->response().body, std::to_string(i));
    }
    EXPECT_EQ(server->stats().accepted, 200);
    EXPECT_EQ(server->stats().openConnections, 200);
}

TEST(HttpServer, BeyondItsConnectionsAnswers503AndRecovers) {
    ServerOptions options;
    options.maxConnections = 4;
    TestServer server(options);
    // Busy ones: they do not read what they asked for.
    std::vector<std::unique_ptr<RawClient>> busy;
    for (int i = 0; i < 4; ++i) {
        busy.push_back(std::make_unique<RawClient>(server.port(), 4096));
        busy.back()->send(get("/big"));
        ASSERT_TRUE(busy.back()->receive());
    }
    RawClient extra(server.port());
    extra.send(get("/hello"));
    const auto res = extra.response();
    EXPECT_EQ(res.status, 503);
    EXPECT_EQ(res.header("retry-after"), "1");
    EXPECT_EQ(res.header("content-type"), "application/problem+json");
    EXPECT_TRUE(extra.closesNow());
    EXPECT_EQ(server->stats().refused, 1);
    busy.clear();
    EXPECT_TRUE(eventually([&] { return server->stats().openConnections == 0; }));
    EXPECT_EQ(server.request(get("/hello")).status, 200);
}

TEST(HttpServer, IdleConnectionsMakeRoomWhenThreadsRunOut) {
    ServerOptions options;
    options.maxConnections = 4;
    options.idleTimeout = 1h;
    options.headerTimeout = 1h;
    TestServer server(options);
    std::vector<std::unique_ptr<RawClient>> idle;
    for (int i = 0; i < 40; ++i) {
        idle.push_back(std::make_unique<RawClient>(server.port()));
        // Accepted, and not refused for ever.
        ASSERT_TRUE(eventually([&] {
            RawClient client(server.port());
            return client.request(get("/hello")).status == 200;
        }));
    }
}

TEST(HttpServer, StalledClientGetsTheRestWhenItReadsAgain) {
    ServerOptions options;
    options.idleTimeout = 100ms; // none of the short times applies to a stalled write
    options.headerTimeout = 100ms;
    std::promise<void> answered;
    options.onRequest = [&](const RequestRecord& record) {
        if (record.pattern == "/big") {
            EXPECT_TRUE(record.complete);
            answered.set_value();
        }
    };
    TestServer server(options);
    RawClient stalled(server.port(), 4096);
    stalled.send(get("/big"));
    ASSERT_TRUE(stalled.receive());
    // Others are served meanwhile, until the short times are long over.
    const auto until = std::chrono::steady_clock::now() + 400ms;
    while (std::chrono::steady_clock::now() < until)
        ASSERT_EQ(server.request(get("/hello")).status, 200);
    const auto res = stalled.response();
    EXPECT_TRUE(res.isWhole);
    EXPECT_EQ(res.body.size(), static_cast<std::size_t>(TestServer::kBigBytes));
    EXPECT_EQ(res.body.substr(50'000'000, 1000), patternBytes(50'000'000, 1000));
    EXPECT_EQ(answered.get_future().wait_for(test::kPatience), std::future_status::ready);
}

TEST(HttpServer, StalledClientIsCutOffAfterTheWriteTimeout) {
    ServerOptions options;
    options.writeTimeout = 100ms;
    TestServer server(options);
    RawClient stalled(server.port(), 4096);
    stalled.send(get("/big"));
    ASSERT_TRUE(stalled.receive());
    EXPECT_TRUE(eventually([&] { return server->stats().openConnections == 0; }));
    EXPECT_FALSE(stalled.response().isWhole);
}

/// A resource that counts its lives and can wait for its client to leave.
struct Watched {
    std::atomic<int> alive = 0;
    std::atomic<int> noticed = 0;
    std::atomic<int> waiting = 0;

    /// After `sendsBytes` it gives nothing more until the Liveness ends.
    void addRoute(HttpServer& server, std::int64_t sendsBytes) {
        server.route("GET", "/watched",
                     [this, sendsBytes](const RequestContext& ctx, httplib::Response& res) {
                         auto resource = test::patternResource(TestServer::kBigBytes);
                         ++alive;
                         const std::shared_ptr<void> life(nullptr, [this](void*) { --alive; });
                         resource.read = [this, life, sendsBytes, inner = std::move(resource.read)](
                                             std::int64_t offset, std::span<std::byte> out,
                                             const Liveness& liveness) -> Result<std::size_t> {
                             if (offset < sendsBytes)
                                 return inner(offset, out, liveness);
                             ++waiting;
                             const bool hasEnded = eventually([&] { return liveness.ended(); });
                             noticed += hasEnded ? 1 : 0;
                             return fail(ErrorCode::Cancelled, "nobody waits any more");
                         };
                         serveRanged(ctx, res, std::move(resource));
                     });
    }
};

TEST(HttpServer, WaitingHandlerNoticesAClientThatLeaves) {
    for (const bool byReset : {false, true})
        for (const std::int64_t sendsBytes : {std::int64_t{0}, std::int64_t{100'000}}) {
            Watched watched;
            TestServer server({}, [&](HttpServer& s) { watched.addRoute(s, sendsBytes); });
            RawClient client(server.port());
            client.send(get("/watched"));
            ASSERT_TRUE(eventually([&] { return watched.waiting == 1; }));
            byReset ? client.reset() : client.close();
            EXPECT_TRUE(eventually([&] { return server->stats().openConnections == 0; }));
            EXPECT_EQ(watched.noticed, 1);
            EXPECT_EQ(watched.alive, 0);
        }
}

TEST(HttpServer, ClientThatLeavesMidBodyFreesEverything) {
    ServerOptions options;
    options.idleThreadTimeout = 10ms;
    Watched watched;
    TestServer server(options, [&](HttpServer& s) { watched.addRoute(s, TestServer::kBigBytes); });
    ASSERT_EQ(server.request(get("/hello")).status, 200);
    ASSERT_TRUE(eventually([&] { return server->stats().threads == 0; }));
    const int threadsBefore = threadsOfProcess();
    const int descriptorsBefore = openDescriptors();
    for (int i = 0; i < 30; ++i) {
        RawClient client(server.port(), 4096);
        client.send(get("/watched"));
        ASSERT_TRUE(client.receive());
        if (i % 2 == 0)
            client.reset();
    }
    EXPECT_TRUE(eventually([&] { return watched.alive == 0; }));
    EXPECT_TRUE(eventually([&] { return server->stats().threads == 0; }));
    // The last thread to end may still be known to the kernel for a moment.
    EXPECT_TRUE(eventually([&] { return threadsOfProcess() <= threadsBefore; }));
    EXPECT_TRUE(eventually([&] { return openDescriptors() == descriptorsBefore; }));
}

TEST(HttpServer, StopEndsStalledWaitingIdleAndHalfSentConnectionsAtOnce) {
    const int threadsBefore = threadsOfProcess();
    const int descriptorsBefore = openDescriptors();
    ServerOptions options;
    options.idleTimeout = 1h;
    options.headerTimeout = 1h;
    options.bodyTimeout = 1h;
    Watched watched;
    {
        TestServer server(options, [&](HttpServer& s) { watched.addRoute(s, 100); });
        RawClient stalled(server.port(), 4096);
        stalled.send(get("/big"));
        ASSERT_TRUE(stalled.receive());
        RawClient waiting(server.port());
        waiting.send(get("/watched"));
        RawClient idle(server.port());
        ASSERT_EQ(idle.request(get("/hello")).status, 200);
        RawClient silent(server.port());
        RawClient halfHeader(server.port());
        halfHeader.send("GET /hel");
        RawClient halfBody(server.port());
        halfBody.send(requestOf("POST", "/echo", "Content-Length: 10\r\n", "half"));
        ASSERT_TRUE(eventually([&] { return watched.waiting == 1; }));
        ASSERT_TRUE(eventually([&] { return server->stats().openConnections == 6; }));
        std::thread([&] { server->stop(); }).join();
        EXPECT_EQ(server->stats().openConnections, 0);
        EXPECT_EQ(server->stats().threads, 0);
        EXPECT_TRUE(silent.closesNow());
        EXPECT_TRUE(idle.closesNow());
        EXPECT_TRUE(halfHeader.closesNow());
        EXPECT_FALSE(stalled.response().isWhole);
        EXPECT_FALSE(waiting.response().isWhole);
        EXPECT_EQ(listenerOf(server.port()), -1);
        server->stop(); // twice does no harm
    }
    EXPECT_EQ(watched.alive, 0);
    EXPECT_TRUE(eventually([&] { return threadsOfProcess() == threadsBefore; }));
    EXPECT_EQ(openDescriptors(), descriptorsBefore);
}

TEST(HttpServer, ListensAgainWhenItsListenerBreaks) {
    TestServer server;
    const int port = server.port();
    for (int i = 0; i < 3; ++i) {
        const int listener = listenerOf(port);
        ASSERT_GE(listener, 0);
        ::shutdown(listener, SHUT_RDWR); // accept() fails from now on
        ASSERT_TRUE(eventually([&] {
            try {
                return server.request(get("/hello")).status == 200;
            } catch (const std::runtime_error&) {
                return false; // refused, as yet
            }
        }));
        EXPECT_EQ(server.port(), port);
    }
}

TEST(HttpServer, OutOfDescriptorsWaitsAndRecovers) {
    TestServer server;
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    RawClient warm(server.port());
    ASSERT_EQ(warm.request(get("/hello")).status, 200);
    {
        RawClient waiting(server.port());
        // Both ends of `waiting` exist now; no more can be opened.
        ASSERT_EQ(waiting.request(get("/hello")).status, 200);
        UniqueFd socket(::socket(AF_INET, SOCK_STREAM, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<uint16_t>(server.port()));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        rlimit low = before;
        low.rlim_cur = static_cast<rlim_t>(socket.get()) + 1;
        ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
        const int connected =
            ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
        // It must make room by ending an idle connection, `warm` or `waiting`.
        const bool madeRoom = eventually([&] { return server->stats().accepted == 3; });
        ::setrlimit(RLIMIT_NOFILE, &before);
        EXPECT_EQ(connected, 0);
        EXPECT_TRUE(madeRoom);
    }
    EXPECT_EQ(server.request(get("/hello")).status, 200);
}

TEST(HttpServer, ServesDescriptorsBeyondThoseOfSelect) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit high = before;
    high.rlim_cur = std::min<rlim_t>(before.rlim_max, 4096);
    if (high.rlim_cur < 2048)
        GTEST_SKIP() << "no more than " << high.rlim_cur << " descriptors allowed";
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &high), 0);
    {
        std::vector<UniqueFd> fillers;
        while (fillers.empty() || fillers.back().get() < 1100)
            fillers.emplace_back(::dup(STDERR_FILENO));
        TestServer server;
        EXPECT_EQ(server.request(get("/hello")).status, 200);
    }
    ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(HttpServer, StartNamesWhatIsWrong) {
    TestServer first;
    ServerOptions options;
    options.port = first.port();
    HttpServer second(options);
    const auto taken = second.start();
    ASSERT_FALSE(taken);
    EXPECT_EQ(test::codeOf(taken), ErrorCode::Io);
    EXPECT_NE(taken.error().message.find("127.0.0.1:" + std::to_string(first.port())),
              std::string::npos);
    EXPECT_NE(taken.error().message.find("in use"), std::string::npos);
    for (const int port : {-1, 65536}) {
        options.port = port;
        EXPECT_EQ(test::codeOf(HttpServer(options).start()), ErrorCode::InvalidArgument);
    }
    options.port = 0;
    options.host = "256.0.0.1.invalid";
    EXPECT_EQ(test::codeOf(HttpServer(options).start()), ErrorCode::InvalidArgument);
    options.host = "192.0.2.1"; // of nobody
    EXPECT_EQ(test::codeOf(HttpServer(options).start()), ErrorCode::Io);
}

TEST(HttpServer, LocalhostIsEveryLoopbackAddress) {
    ServerOptions options;
    options.host = "localhost";
    TestServer server(options);
    EXPECT_EQ(server.request(get("/hello")).status, 200);
    EXPECT_EQ(server.request("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n").status, 421);
}

TEST(HttpServer, ReportsEachRequest) {
    std::mutex mutex;
    std::vector<std::pair<std::string, int>> seen;
    ServerOptions options;
    options.onRequest = [&](const RequestRecord& record) {
        const std::lock_guard lock(mutex);
        seen.emplace_back(record.pattern, record.status);
        EXPECT_GT(record.bytesSent, 0);
        EXPECT_LE(record.firstByte, record.total);
        EXPECT_TRUE(record.complete);
    };
    TestServer server(options);
    server.request(get("/items/7", "Connection: close\r\n"));
    server.request(get("/nowhere", "Connection: close\r\n"));
    server.request(get("/thousand", "Range: bytes=0-1\r\nConnection: close\r\n"));
    server->stop();
    const std::vector<std::pair<std::string, int>> expected = {
        {"/items/{id}", 200}, {"", 404}, {"/thousand", 206}};
    std::multiset<std::pair<std::string, int>> got(seen.begin(), seen.end());
    EXPECT_EQ(got, (std::multiset<std::pair<std::string, int>>(expected.begin(), expected.end())));
}

TEST(HttpServer, AnAnswerThatNobodyWaitsForIsNoServerError) {
    std::promise<RequestRecord> left, busy;
    ServerOptions options;
    options.onRequest = [&](const RequestRecord& record) {
        (record.path == "/busy" ? busy : left).set_value(record);
    };
    TestServer server(options, [](HttpServer& http) {
        http.route("GET", "/wait", [](const RequestContext& ctx, httplib::Response& res) {
            while (!ctx.liveness.ended())
                std::this_thread::sleep_for(1ms);
            respond(ctx, res, Error{ErrorCode::Cancelled, "the client has gone"});
        });
        http.route("GET", "/busy", [](const RequestContext& ctx, httplib::Response& res) {
            respond(ctx, res, Error{ErrorCode::Busy, "too much is going on"});
        });
    });
    EXPECT_EQ(server.request(get("/busy", "Connection: close\r\n")).status, 503);
    EXPECT_FALSE(busy.get_future().get().abandoned);
    RawClient client(server.port());
    client.send(get("/wait"));
    client.close();
    const RequestRecord record = left.get_future().get();
    EXPECT_TRUE(record.abandoned);
    EXPECT_EQ(record.status, 503);
}

TEST(HttpServer, AClientIsWhoConnectsOrWhomAProxyOnThisMachineNames) {
    test::TestServer server({}, [](HttpServer& http) {
        http.route("GET", "/who", [](const RequestContext& ctx, httplib::Response& res) {
            res.set_content(ctx.liveness.client(), "text/plain");
        });
    });
    EXPECT_EQ(server.request(test::get("/who")).body, "127.0.0.1");
    EXPECT_EQ(server.request(test::get("/who", "X-Forwarded-For: 10.0.0.9\r\n")).body, "10.0.0.9");
    EXPECT_EQ(server.request(test::get("/who", "X-Forwarded-For: 6.6.6.6, 10.0.0.9\r\n")).body,
              "10.0.0.9");
}

} // namespace
} // namespace segue::http
