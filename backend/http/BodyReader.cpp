// A request's body, in either framing, from the socket to whoever takes it. On the connection's
// thread; one receive buffer is all that it holds. A deadline bounds every wait, and the slowest
// pace bounds the sum of them, so that no client keeps a thread by trickling.

#include "backend/http/BodyReader.h"

#include <algorithm>
#include <utility>

#include "backend/http/ChunkedDecoder.h"

namespace segue::http {
namespace {

using Clock = std::chrono::steady_clock;
/// A client that has just asked for it and does not take these few bytes has gone.
constexpr auto kContinueTimeout = std::chrono::seconds(1);

using Outcome = tl::expected<void, BodyFailure>;

class BodyReader {
  public:
    BodyReader(const Socket& socket, std::string& input, const BodyLimits& limits,
               const std::function<Result<void>(std::string_view)>& take)
        : socket_(socket), input_(input), limits_(limits), take_(take) {}

    /// What can be said before the body is there.
    Outcome begin(const RequestHead& head) const {
        if (head.framing == BodyFraming::Length &&
            static_cast<std::uint64_t>(head.contentLength) > limits_.maxBytes)
            return tooLarge();
        if (head.expectsContinue && input_.empty() &&
            socket_.send("HTTP/1.1 100 Continue\r\n\r\n", {}, kContinueTimeout) !=
                Socket::Outcome::Ok)
            return tl::unexpected<BodyFailure>(Socket::Outcome::Closed);
        return {};
    }

    Outcome plain(std::uint64_t length) {
        while (length > 0) {
            if (input_.empty())
                if (Outcome received = receive(); !received)
                    return received;
            const auto piece = std::min<std::uint64_t>(length, input_.size());
            if (Outcome taken = give(std::string_view(input_).substr(0, piece)); !taken)
                return taken;
            input_.erase(0, piece);
            length -= piece;
        }
        return {};
    }

    Outcome chunked() {
        ChunkedDecoder decoder(limits_.maxBytes);
        std::string decoded;
        for (;;) {
            std::size_t consumed = 0;
            decoded.clear();
            const auto state = decoder.feed(input_, decoded, consumed);
            input_.erase(0, consumed);
            if (Outcome taken = give(decoded); !taken)
                return taken;
            switch (state) {
            case ChunkedDecoder::State::Complete:
                return {};
            case ChunkedDecoder::State::Malformed:
                return tl::unexpected<BodyFailure>(httpProblem(400, "bad-request", "Bad request",
                                                               "the chunked body is malformed"));
            case ChunkedDecoder::State::TooLarge:
                return tooLarge();
            case ChunkedDecoder::State::More:
                break;
            }
            if (Outcome received = receive(); !received)
                return received;
        }
    }

  private:
    Outcome give(std::string_view piece) {
        if (piece.empty())
            return {};
        if (auto taken = take_(piece); !taken)
            return tl::unexpected<BodyFailure>(taken.error());
        return {};
    }

    Deadline deadline() const {
        const Deadline whole = began_ + limits_.timeout;
        if (limits_.leastBytesPerSecond == 0)
            return whole;
        const auto earned =
            std::chrono::milliseconds(received_ * 1000 / limits_.leastBytesPerSecond);
        return std::min(whole + earned, Clock::now() + limits_.timeout);
    }

    Outcome receive() {
        const Deadline until = deadline();
        if (Clock::now() >= until) // a client that trickles never makes the socket wait so long
            return tl::unexpected<BodyFailure>(Socket::Outcome::TimedOut);
        const std::size_t before = input_.size();
        if (const auto outcome = socket_.receive(input_, until); outcome != Socket::Outcome::Ok)
            return tl::unexpected<BodyFailure>(outcome);
        received_ += static_cast<std::int64_t>(input_.size() - before);
        return {};
    }

    Outcome tooLarge() const {
        return tl::unexpected<BodyFailure>(
            httpProblem(413, "body-too-large", "Request body too large",
                        "a request body may have " + std::to_string(limits_.maxBytes) + " bytes"));
    }

    const Socket& socket_;
    std::string& input_;
    const BodyLimits& limits_;
    const std::function<Result<void>(std::string_view)>& take_;
    const Clock::time_point began_ = Clock::now();
    std::int64_t received_ = 0;
};

} // namespace

tl::expected<void, BodyFailure>
readBody(const RequestHead& head, const Socket& socket, std::string& input,
         const BodyLimits& limits, const std::function<Result<void>(std::string_view)>& take) {
    BodyReader reader(socket, input, limits, take);
    if (Outcome begun = reader.begin(head); !begun)
        return begun;
    switch (head.framing) {
    case BodyFraming::None:
        break;
    case BodyFraming::Length:
        return reader.plain(static_cast<std::uint64_t>(head.contentLength));
    case BodyFraming::Chunked:
        return reader.chunked();
    }
    return {};
}

} // namespace segue::http
