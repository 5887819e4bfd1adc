// One connection, from its first byte to its last, on a thread of its own.
//
// Each request is read whole by code of ours, within limits and deadlines: header by HeadScanner
// and parseHead, body by its one framing (readBody), into memory, or into a file where the route
// says so. Only then does the library get to see it, as a request line that is made here and has
// neither headers nor body; what was parsed is put into the library's Request behind its parser.
// The library's own reading of headers, ranges, chunks and lengths, in which its known
// vulnerabilities lie, thus never meets a byte from outside. What it still does is to call the
// router and to write the answer.

#include "backend/http/Connection.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include "backend/http/BodyFile.h"
#include "backend/http/BodyReader.h"
#include "backend/http/Preconditions.h"
#include "backend/http/RequestHead.h"
#include "backend/http/Socket.h"

namespace segue::http {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kLingerTime = 1s;
/// Slower than any line on which somebody would send music; so a body of the greatest length has an
/// end in sight.
constexpr std::int64_t kLeastUploadBytesPerSecond = 32 << 10;
/// For which a new connection is not idle, so that nobody is cut off whose request is on its way.
constexpr auto kGraceTime = 250ms;

std::string currentHttpDate() {
    return formatHttpDate(
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
}

struct Address {
    std::string ip;
    int port = 0;
};

Address addressOf(int fd, int (*getName)(int, sockaddr*, socklen_t*)) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (getName(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0)
        return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (storage.ss_family == AF_INET) {
        const auto& address = reinterpret_cast<const sockaddr_in&>(storage);
        ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
        return {text.data(), ntohs(address.sin_port)};
    }
    if (storage.ss_family == AF_INET6) {
        const auto& address = reinterpret_cast<const sockaddr_in6&>(storage);
        ::inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
        constexpr std::string_view kMapped = "::ffff:"; // IPv4 that came to an IPv6 socket
        const std::string_view ip = text.data();
        const bool isMapped = IN6_IS_ADDR_V4MAPPED(&address.sin6_addr) != 0;
        return {std::string(isMapped ? ip.substr(kMapped.size()) : ip), ntohs(address.sin6_port)};
    }
    return {};
}

/// Who asks: the other side, or whom a proxy on this machine names as its own. Believed for
/// fairness only.
std::string clientOf(const RequestHead& head, const std::string& remoteIp) {
    const auto forwarded = head.headers.find("X-Forwarded-For");
    if (forwarded == head.headers.end() || !(remoteIp.starts_with("127.") || remoteIp == "::1"))
        return remoteIp;
    const std::string& names = forwarded->second;
    const auto last = names.find_last_of(", ");
    return last == std::string::npos ? names : names.substr(last + 1);
}

/// What the library reads and writes during one exchange.
class ExchangeStream final : public httplib::Stream {
  public:
    ExchangeStream(const Socket& socket, std::chrono::milliseconds writeTimeout,
                   const Address& remote, const Address& local, std::string request)
        : socket_(socket), writeTimeout_(writeTimeout), remote_(remote), local_(local),
          request_(std::move(request)) {}

    bool is_readable() const override { return position_ < request_.size(); }
    /// Whoever asks this is about to wait, so what was written so far should be on its way.
    bool is_writable() const override { return flush() && !socket_.isGone(); }

    ssize_t read(char* into, std::size_t size) override {
        const std::size_t count = request_.copy(into, size, position_);
        position_ += count;
        return static_cast<ssize_t>(count);
    }

    /// The first write is the whole header; it leaves together with what follows it.
    ssize_t write(const char* data, std::size_t size) override {
        if (isFirstWrite_) {
            isFirstWrite_ = false;
            pending_.assign(data, size);
            return static_cast<ssize_t>(size);
        }
        return sendNow({data, size}) ? static_cast<ssize_t>(size) : -1;
    }

    bool flush() const { return hasFailed_ ? false : pending_.empty() || sendNow({}); }

    void get_remote_ip_and_port(std::string& ip, int& port) const override {
        ip = remote_.ip;
        port = remote_.port;
    }
    void get_local_ip_and_port(std::string& ip, int& port) const override {
        ip = local_.ip;
        port = local_.port;
    }
    /// The library only compares it with what select(2) can take, and never calls that here.
    socket_t socket() const override { return INVALID_SOCKET; }

    std::int64_t bytesSent() const { return bytesSent_; }
    std::optional<Clock::time_point> firstSend() const { return firstSend_; }

  private:
    bool sendNow(std::string_view data) const {
        if (hasFailed_)
            return false;
        if (!firstSend_)
            firstSend_ = Clock::now();
        if (socket_.send(pending_, data, writeTimeout_) != Socket::Outcome::Ok) {
            hasFailed_ = true;
            return false;
        }
        bytesSent_ += static_cast<std::int64_t>(pending_.size() + data.size());
        pending_.clear();
        return true;
    }

    const Socket& socket_;
    std::chrono::milliseconds writeTimeout_;
    const Address& remote_;
    const Address& local_;
    std::string request_;
    std::size_t position_ = 0;
    bool isFirstWrite_ = true;
    mutable std::string pending_;
    mutable bool hasFailed_ = false;
    mutable std::int64_t bytesSent_ = 0;
    mutable std::optional<Clock::time_point> firstSend_;
};

/// The library's request processing with hooks of ours; one for each connection, so that the hooks
/// know their connection.
class Engine final : public httplib::Server {
  public:
    using Hook = std::function<void(const httplib::Request&, httplib::Response&)>;

    Engine(int fd, const ServerOptions& options, Hook answer, Hook finish) {
        svr_sock_ = fd; // anything valid: "not shutting down"
        set_keep_alive_max_count(static_cast<std::size_t>(options.maxRequestsPerConnection));
        set_keep_alive_timeout(
            std::chrono::duration_cast<std::chrono::seconds>(options.idleTimeout).count());
        set_pre_routing_handler([answer = std::move(answer)](const auto& req, auto& res) {
            answer(req, res);
            return HandlerResponse::Handled;
        });
        set_post_routing_handler(std::move(finish));
    }

    bool process(httplib::Stream& stream, bool close,
                 const std::function<void(httplib::Request&)>& setUp) {
        bool ignored = false;
        return process_request(stream, close, ignored, setUp);
    }
};

class Connection final : public Liveness {
  public:
    Connection(int fd, const ConnectionEnvironment& environment)
        : env_(environment), socket_(fd), remote_(addressOf(fd, ::getpeername)),
          local_(addressOf(fd, ::getsockname)),
          engine_(
              fd, environment.options, [this](const auto& req, auto& res) { answer(req, res); },
              [this](const auto& req, auto& res) { finish(req, res); }) {}

    void run() {
        while (!env_.stopping && awaitRequest()) {
            const Next next = exchange();
            if (next == Next::Close)
                socket_.lingeringShutdown(kLingerTime);
            if (next != Next::Continue)
                return;
        }
    }

    bool clientGone() const noexcept override { return socket_.isGone(); }
    bool stopping() const noexcept override { return env_.stopping; }
    std::string client() const override { return client_; }

  private:
    /// What becomes of the connection after an exchange. Abort: the client must see that the answer
    /// is not whole, or is not there any more.
    enum class Next { Continue, Close, Abort };

    bool awaitRequest() {
        if (!input_.empty())
            return true;
        const auto now = Clock::now();
        auto patience = env_.options.headerTimeout; // it has connected, so it will ask
        if (served_ > 0)
            patience = env_.isCrowded() ? 0ms : env_.options.idleTimeout;
        else if (socket_.waitReadable(now + std::min<Clock::duration>(kGraceTime, patience)) ==
                 Socket::Outcome::Ok)
            return true;
        env_.connections.setIdle(socket_.fd(), true);
        const auto outcome = socket_.waitReadable(now + patience);
        env_.connections.setIdle(socket_.fd(), false);
        return outcome == Socket::Outcome::Ok;
    }

    Next exchange() {
        const auto block = readHead();
        if (!block)
            return afterFailedRead_;
        auto head = parseHead(*block);
        if (!head)
            return refuse(head.error(), Body::Send);
        started_ = Clock::now();
        const Body body = head->method == "HEAD" ? Body::Omit : Body::Send;
        if (const auto problem = env_.hostPolicy.refuse(*head))
            return refuse(*problem, body);
        auto content = receiveBody(*head);
        if (!content)
            return afterFailedRead_;
        return process(*head, std::move(*content));
    }

    Next refuse(const Problem& problem, Body body) {
        ++env_.badRequests;
        spdlog::debug("http: {} from {}: {}", problem.status, remote_.ip, problem.detail);
        // A short patience: who is refused should not hold a thread.
        const auto sent = socket_.send(refusalText(problem, body), {}, kLingerTime);
        return sent == Socket::Outcome::Ok ? Next::Close : Next::Abort;
    }

    /// What went wrong on our side while a body was received.
    Next refuse(const Error& error, const RequestHead& head) {
        if (statusOf(error.code) == 500)
            spdlog::error("http: {} {}: {}: {}", head.method, head.path, nameOf(error.code),
                          error.message);
        Problem problem = problemOf(error);
        problem.instance = head.path;
        return refuse(problem, Body::Send);
    }

    /// Remembers what an unfinished read means for the connection.
    std::nullopt_t readFailed(Next next) {
        afterFailedRead_ = next;
        return std::nullopt;
    }
    std::nullopt_t readFailed(Socket::Outcome outcome, const char* what) {
        if (outcome == Socket::Outcome::Closed || env_.stopping)
            return readFailed(Next::Abort);
        return readFailed(
            refuse(httpProblem(408, "request-timeout", "Request timeout",
                               std::string("the ") + what + " did not arrive in time"),
                   Body::Send));
    }

    std::optional<std::string> readHead() {
        const Deadline deadline = Clock::now() + env_.options.headerTimeout;
        HeadScanner scanner;
        for (std::size_t scanned = 0;;) {
            const auto state = scanner.feed(std::string_view(input_).substr(scanned));
            scanned = input_.size();
            if (state == HeadScanner::State::Refused)
                return readFailed(refuse(scanner.problem(), Body::Send));
            if (state == HeadScanner::State::Complete)
                break;
            if (Clock::now() >= deadline)
                return readFailed(Socket::Outcome::TimedOut, "header");
            if (const auto outcome = socket_.receive(input_, deadline);
                outcome != Socket::Outcome::Ok)
                return readFailed(outcome, "header");
        }
        std::string block =
            input_.substr(scanner.skippedBytes(), scanner.headBytes() - scanner.skippedBytes());
        input_.erase(0, scanner.headBytes());
        return block;
    }

    /// Where a body has gone.
    struct Content {
        std::string text;
        std::shared_ptr<BodyFile> file; ///< null: `text`
    };

    std::optional<Content> receiveBody(const RequestHead& head) {
        if (const auto coding = head.headers.find("Content-Encoding");
            head.framing != BodyFraming::None && coding != head.headers.end() &&
            coding->second != "identity")
            return readFailed(
                refuse(httpProblem(415, "content-coding-not-supported",
                                   "Content coding not supported", "send the body as it is"),
                       Body::Send));
        auto file = env_.router.takeBody(head);
        if (!file)
            return readFailed(refuse(file.error(), head));
        if (*file && !head.saysLength)
            return readFailed(refuse(httpProblem(411, "length-required", "Length required",
                                                 "send its Content-Length, or chunks"),
                                     Body::Send));
        Content content{.text = {}, .file = std::move(*file)};
        if (!receiveInto(content, head))
            return std::nullopt;
        return content;
    }

    /// @return  whether the body is there; else afterFailedRead_ is set
    bool receiveInto(Content& content, const RequestHead& head) {
        BodyLimits limits{.maxBytes = env_.options.maxBodyBytes,
                          .timeout = env_.options.bodyTimeout};
        if (content.file) {
            limits.maxBytes = static_cast<std::uint64_t>(content.file->mostBytes());
            limits.leastBytesPerSecond = kLeastUploadBytesPerSecond;
        }
        const auto received = readBody(head, socket_, input_, limits,
                                       [&content](std::string_view piece) -> Result<void> {
                                           if (content.file)
                                               return content.file->append(piece);
                                           content.text += piece;
                                           return {};
                                       });
        if (received)
            return true;
        if (const auto* outcome = std::get_if<Socket::Outcome>(&received.error()))
            readFailed(*outcome, "body");
        else if (const auto* problem = std::get_if<Problem>(&received.error()))
            readFailed(refuse(*problem, Body::Send));
        else
            readFailed(refuse(std::get<Error>(received.error()), head));
        return false;
    }

    Next process(RequestHead& head, Content content) {
        ++env_.requests;
        ++served_;
        rawPath_ = head.rawPath;
        client_ = clientOf(head, remote_.ip);
        pattern_ = {};
        status_ = 0;
        bodyFile_ = std::move(content.file);
        isHttp10_ = head.isHttp10;
        acceptsGzip_ = head.acceptsGzip;
        closeAfter_ = !head.keepAlive || served_ >= env_.options.maxRequestsPerConnection ||
                      env_.isCrowded() || env_.stopping;
        const auto setUp = [&](httplib::Request& req) {
            req.version = head.isHttp10 ? "HTTP/1.0" : "HTTP/1.1";
            req.target = std::move(head.target);
            req.path = std::move(head.path);
            req.params = std::move(head.params);
            req.headers = std::move(head.headers);
            req.headers.emplace("REMOTE_ADDR", remote_.ip);
            req.body = std::move(content.text);
        };
        ExchangeStream stream(socket_, env_.options.writeTimeout, remote_, local_,
                              head.method + " / HTTP/1.1\r\n\r\n");
        bool isComplete = false;
        try {
            isComplete = engine_.process(stream, closeAfter_, setUp) && stream.flush();
        } catch (const std::exception& exception) {
            spdlog::error("http: {} {}: exception while answering: {}", head.method, rawPath_,
                          exception.what());
        }
        bodyFile_.reset();
        report(head.method, stream, isComplete);
        if (!isComplete)
            return Next::Abort;
        return closeAfter_ ? Next::Close : Next::Continue;
    }

    void report(const std::string& method, const ExchangeStream& stream, bool isComplete) const {
        if (!env_.options.onRequest)
            return;
        using std::chrono::duration_cast;
        using std::chrono::microseconds;
        const auto now = Clock::now();
        RequestRecord record;
        record.method = method;
        record.pattern = pattern_;
        record.path = rawPath_;
        record.status = status_;
        record.bytesSent = stream.bytesSent();
        record.firstByte = duration_cast<microseconds>(stream.firstSend().value_or(now) - started_);
        record.total = duration_cast<microseconds>(now - started_);
        record.complete = isComplete;
        record.abandoned = isAbandoned_;
        env_.options.onRequest(record);
    }

    void answer(const httplib::Request& req, httplib::Response& res) {
        // Its place is free before the client knows: the next upload may come at once.
        const std::shared_ptr<BodyFile> bodyFile = std::move(bodyFile_);
        pattern_ = env_.router.dispatch(req, rawPath_, *this, res, bodyFile, acceptsGzip_);
        if (res.status == -1)
            res.status = 200;
        tellsAcceptRanges_ = res.has_header("Accept-Ranges");
        isAbandoned_ = res.status == 503 && clientGone();
    }

    /// Puts right what the library has made of the answer's headers.
    void finish(const httplib::Request& req, httplib::Response& res) {
        status_ = res.status;
        const bool hasNoBody = res.status == 204 || res.status == 304;
        const bool isUnmeasured = res.content_provider_ && res.content_length_ == 0;
        if (isUnmeasured && isHttp10_ && res.is_chunked_content_provider_) {
            res.is_chunked_content_provider_ = false; // HTTP/1.0 does not know chunks
            res.headers.erase("Transfer-Encoding");
        }
        if (hasNoBody || isUnmeasured) {
            res.headers.erase("Content-Length");
            if (hasNoBody)
                res.headers.erase("Content-Type");
        } else if (!res.body.empty() || res.content_length_ > 0) {
            // The library adds its own beside one that the handler may have set.
            res.headers.erase("Content-Length");
            res.headers.emplace(
                "Content-Length",
                std::to_string(res.body.empty() ? res.content_length_ : res.body.size()));
        }
        if (isUnmeasured && !res.is_chunked_content_provider_)
            closeAfter_ = true; // the end of the connection is the end of the body
        if (req.method == "HEAD" && !tellsAcceptRanges_)
            res.headers.erase("Accept-Ranges"); // the library claims it of everything
        res.headers.erase("Connection");
        if (closeAfter_) {
            res.headers.erase("Keep-Alive");
            res.headers.emplace("Connection", "close");
        } else if (isHttp10_) {
            res.headers.emplace("Connection", "keep-alive");
        }
        res.headers.emplace("Date", currentHttpDate());
        addSecurityHeaders(res.headers);
    }

    const ConnectionEnvironment& env_;
    Socket socket_;
    Address remote_;
    Address local_;
    Engine engine_;
    std::string input_; ///< received, not yet part of a request
    int served_ = 0;
    Next afterFailedRead_ = Next::Abort;

    // Of the exchange that is going on.
    Clock::time_point started_;
    std::string rawPath_;
    std::string client_;
    std::string_view pattern_;
    std::shared_ptr<BodyFile> bodyFile_;
    int status_ = 0;
    bool isHttp10_ = false;
    bool acceptsGzip_ = false;
    bool closeAfter_ = false;
    bool tellsAcceptRanges_ = false;
    bool isAbandoned_ = false;
};

} // namespace

void serveConnection(int fd, const ConnectionEnvironment& environment) noexcept {
    try {
        Connection(fd, environment).run();
    } catch (const std::exception& exception) { // out of memory, most likely
        spdlog::error("http: connection given up: {}", exception.what());
    }
}

std::string refusalText(const Problem& problem, Body body) {
    const std::string json = toJson(problem);
    httplib::Headers headers{{"Content-Type", "application/problem+json"},
                             {"Content-Length", std::to_string(json.size())},
                             {"Cache-Control", "no-store"},
                             {"Connection", "close"},
                             {"Date", currentHttpDate()}};
    if (problem.status == 503)
        headers.emplace("Retry-After", "1");
    addSecurityHeaders(headers);
    std::string text = "HTTP/1.1 " + std::to_string(problem.status) + ' ' + problem.title + "\r\n";
    for (const auto& [name, value] : headers)
        text.append(name).append(": ").append(value).append("\r\n");
    text += "\r\n";
    if (body == Body::Send)
        text += json;
    return text;
}

} // namespace segue::http
