// Request headers: where they end, and what they say. Pure functions on bytes, on the connection's
// thread. Whatever leaves parseHead() can be handed to the library, to handlers and to logs without
// a second look: a request that two parsers could read in two ways is refused, never repaired.

#include "backend/http/RequestHead.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "backend/http/Router.h"

namespace segue::http {
namespace {

using std::string_view;

Problem badRequest(std::string detail) {
    return httpProblem(400, "bad-request", "Bad request", std::move(detail));
}

bool isTokenChar(char c) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return true;
    return string_view("!#$%&'*+-.^_`|~").find(c) != string_view::npos;
}

bool isToken(string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), isTokenChar);
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool equalsIgnoringCase(string_view a, string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return lower(x) == lower(y); });
}

string_view trimmed(string_view text) {
    const auto isSpace = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && isSpace(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isSpace(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Whether `holds` for an entry of a comma-separated list, trimmed.
template <typename Holds>
bool anyEntry(string_view list, const Holds& holds) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        if (holds(trimmed(list.substr(0, comma))))
            return true;
        if (comma == string_view::npos)
            break;
        list.remove_prefix(comma + 1);
    }
    return false;
}

bool listHas(string_view list, string_view token) {
    return anyEntry(list, [&](string_view entry) { return equalsIgnoringCase(entry, token); });
}

/// Whether one entry of Accept-Encoding, "gzip;q=0.5", wants `coding`.
bool wantsCoding(string_view entry, string_view coding) {
    const auto semicolon = std::min(entry.find(';'), entry.size());
    if (!equalsIgnoringCase(trimmed(entry.substr(0, semicolon)), coding))
        return false;
    entry.remove_prefix(semicolon);
    // A weight of nothing, with up to three digits of it, is a refusal.
    const string_view weight = trimmed(entry.empty() ? entry : entry.substr(1));
    return !(weight.starts_with("q=0") || weight.starts_with("Q=0")) ||
           weight.find_first_of("123456789") != string_view::npos;
}

struct Field {
    string_view name;
    string_view value;
};

class HeadParser {
  public:
    explicit HeadParser(string_view block) : rest_(block) {}

    tl::expected<RequestHead, Problem> parse() {
        if (auto problem = requestLine())
            return tl::unexpected(std::move(*problem));
        if (auto problem = splitFields())
            return tl::unexpected(std::move(*problem));
        if (auto problem = readHost())
            return tl::unexpected(std::move(*problem));
        if (auto problem = readFraming())
            return tl::unexpected(std::move(*problem));
        if (auto problem = readExpect())
            return tl::unexpected(std::move(*problem));
        readKeepAlive();
        readAcceptEncoding();
        keepOtherFields();
        return std::move(head_);
    }

  private:
    using Failure = std::optional<Problem>;

    /// The next line without its CRLF; nothing at the end.
    std::optional<string_view> nextLine() {
        const auto end = rest_.find("\r\n");
        if (end == string_view::npos)
            return std::nullopt;
        const string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end + 2);
        return line;
    }

    Failure requestLine() {
        const auto line = nextLine();
        if (!line)
            return badRequest("the request line does not end");
        const auto first = line->find(' ');
        const auto last = line->rfind(' ');
        if (first == string_view::npos || first == last)
            return badRequest("the request line is not 'METHOD target HTTP/1.1'");
        const string_view method = line->substr(0, first);
        const string_view target = line->substr(first + 1, last - first - 1);
        const string_view version = line->substr(last + 1);
        if (!isToken(method))
            return badRequest("the method is not a token");
        if (version == "HTTP/1.0")
            head_.isHttp10 = true;
        else if (version.size() == 8 && version.starts_with("HTTP/") && version != "HTTP/1.1")
            return httpProblem(505, "http-version-not-supported", "HTTP version not supported",
                               "this server speaks HTTP/1.1 and HTTP/1.0");
        else if (version != "HTTP/1.1")
            return badRequest("the request line does not end in HTTP/1.1");
        static constexpr std::array<string_view, 7> kMethods = {"GET",    "HEAD",  "POST",   "PUT",
                                                                "DELETE", "PATCH", "OPTIONS"};
        if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end())
            return httpProblem(501, "method-not-implemented", "Method not implemented",
                               "no resource here has the method '" + std::string(method) + "'");
        head_.method = method;
        return readTarget(target);
    }

    Failure readTarget(string_view target) {
        const auto isVisible = [](char c) { return c > 0x20 && c < 0x7f && c != '#'; };
        if (target.empty() || !std::all_of(target.begin(), target.end(), isVisible))
            return badRequest("the request target holds a character that must be percent-encoded");
        if (target == "*" && head_.method == "OPTIONS") {
            head_.rawPath = head_.path = head_.target = "*";
            return std::nullopt;
        }
        if (!target.starts_with('/')) { // absolute-form, which only proxies need but all must read
            constexpr string_view kScheme = "http://";
            if (!equalsIgnoringCase(target.substr(0, kScheme.size()), kScheme))
                return badRequest("the request target does not begin with '/'");
            target.remove_prefix(kScheme.size());
            const auto slash = target.find_first_of("/?");
            targetHost_ = target.substr(0, slash);
            target = slash == string_view::npos ? string_view("/") : target.substr(slash);
            if (!target.starts_with('/'))
                return badRequest("the request target has no path");
        }
        head_.target = target;
        const auto question = target.find('?');
        head_.rawPath = target.substr(0, question);
        auto path = percentDecode(head_.rawPath);
        if (!path)
            return badRequest("the path is not valid percent-encoded UTF-8");
        head_.path = std::move(*path);
        return question == string_view::npos ? Failure{} : readQuery(target.substr(question + 1));
    }

    Failure readQuery(string_view query) {
        while (!query.empty()) {
            const auto ampersand = query.find('&');
            const string_view pair = query.substr(0, ampersand);
            query = ampersand == string_view::npos ? string_view{} : query.substr(ampersand + 1);
            if (pair.empty())
                continue;
            const auto equals = pair.find('=');
            auto name = percentDecode(pair.substr(0, equals), true);
            auto value = percentDecode(
                equals == string_view::npos ? string_view{} : pair.substr(equals + 1), true);
            if (!name || !value)
                return badRequest("the query is not valid percent-encoded UTF-8");
            head_.params.emplace(std::move(*name), std::move(*value));
        }
        return std::nullopt;
    }

    Failure splitFields() {
        for (;;) {
            const auto line = nextLine();
            if (!line)
                return badRequest("the header does not end in an empty line");
            if (line->empty())
                break;
            const auto colon = line->find(':');
            // A line that begins with a space (folding) and a space before the colon fail here too.
            if (colon == string_view::npos || !isToken(line->substr(0, colon)))
                return badRequest("a header line is not 'Name: value'");
            const string_view value = trimmed(line->substr(colon + 1));
            const auto isForbidden = [](char c) {
                return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
            };
            if (std::any_of(value.begin(), value.end(), isForbidden))
                return badRequest("a header value holds a control character");
            fields_.push_back({line->substr(0, colon), value});
        }
        return rest_.empty() ? Failure{} : Failure{badRequest("bytes follow the header")};
    }

    std::vector<string_view> valuesOf(string_view name) const {
        std::vector<string_view> values;
        for (const Field& field : fields_)
            if (equalsIgnoringCase(field.name, name))
                values.push_back(field.value);
        return values;
    }

    Failure readHost() {
        const auto hosts = valuesOf("Host");
        if (hosts.size() > 1)
            return badRequest("several Host headers");
        if (hosts.empty() && !head_.isHttp10)
            return badRequest("no Host header");
        if (!hosts.empty())
            head_.host = hosts.front();
        if (targetHost_)
            head_.host = *targetHost_;
        const auto isHostChar = [](char c) {
            return isTokenChar(c) || string_view(":[]()=;,").find(c) != string_view::npos;
        };
        if (!std::all_of(head_.host.begin(), head_.host.end(), isHostChar))
            return badRequest("the Host header is not a host");
        return std::nullopt;
    }

    Failure readFraming() {
        const auto lengths = valuesOf("Content-Length");
        const auto codings = valuesOf("Transfer-Encoding");
        head_.saysLength = !lengths.empty() || !codings.empty();
        if (!codings.empty()) {
            if (!lengths.empty())
                return badRequest("both Content-Length and Transfer-Encoding");
            if (head_.isHttp10)
                return badRequest("Transfer-Encoding in HTTP/1.0");
            if (codings.size() > 1 || !equalsIgnoringCase(codings.front(), "chunked"))
                return httpProblem(501, "transfer-coding-not-implemented",
                                   "Transfer coding not implemented",
                                   "the only transfer coding is 'chunked'");
            head_.framing = BodyFraming::Chunked;
            return std::nullopt;
        }
        if (lengths.empty())
            return std::nullopt;
        const string_view text = lengths.front();
        const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
        if (lengths.size() > 1 || text.empty() || !std::all_of(text.begin(), text.end(), isDigit))
            return badRequest("Content-Length is not one number");
        const auto [end, failure] =
            std::from_chars(text.data(), text.data() + text.size(), head_.contentLength);
        if (failure == std::errc::result_out_of_range)
            head_.contentLength = INT64_MAX; // the body limit will refuse it
        if (head_.contentLength > 0)
            head_.framing = BodyFraming::Length;
        return std::nullopt;
    }

    Failure readExpect() {
        const auto expectations = valuesOf("Expect");
        if (expectations.empty() || head_.isHttp10)
            return std::nullopt;
        if (expectations.size() > 1 || !equalsIgnoringCase(expectations.front(), "100-continue"))
            return httpProblem(417, "expectation-failed", "Expectation failed",
                               "the only expectation that can be met is '100-continue'");
        head_.expectsContinue = head_.framing != BodyFraming::None;
        return std::nullopt;
    }

    void readKeepAlive() {
        bool close = false;
        bool keep = false;
        for (const string_view value : valuesOf("Connection")) {
            close = close || listHas(value, "close");
            keep = keep || listHas(value, "keep-alive");
        }
        head_.keepAlive = !close && (keep || !head_.isHttp10);
    }

    void readAcceptEncoding() {
        for (const string_view list : valuesOf("Accept-Encoding"))
            head_.acceptsGzip = head_.acceptsGzip || anyEntry(list, [](string_view entry) {
                                    return wantsCoding(entry, "gzip");
                                });
    }

    void keepOtherFields() {
        static constexpr std::array<string_view, 15> kDealtWith = {
            "Connection", "Keep-Alive", "Content-Length", "Transfer-Encoding", "Expect", "TE",
            "Trailer", "Host",
            // What is compressed has been so at build time (StaticFiles): Debian's library would
            // do it with Brotli's slowest setting, under an ETag that is not that of the compressed
            // bytes.
            "Accept-Encoding",
            // The library's own names for the addresses of the socket (CVE-2025-66570).
            "REMOTE_ADDR", "REMOTE_PORT", "LOCAL_ADDR", "LOCAL_PORT",
            // Dealt with below.
            "Range", "If-Range"};
        for (const Field& field : fields_)
            if (std::none_of(kDealtWith.begin(), kDealtWith.end(), [&](string_view name) {
                    return equalsIgnoringCase(field.name, name);
                }))
                head_.headers.emplace(field.name, field.value);
        if (!head_.host.empty())
            head_.headers.emplace("Host", head_.host);
        const auto ranges = valuesOf("Range");
        const auto conditions = valuesOf("If-Range");
        // Two conditions on one range: whichever was meant, the whole body is always right.
        if (head_.method == "GET" && ranges.size() == 1 && conditions.size() <= 1) {
            head_.headers.emplace("Range", ranges.front());
            if (!conditions.empty())
                head_.headers.emplace("If-Range", conditions.front());
        }
    }

    string_view rest_;
    RequestHead head_;
    std::vector<Field> fields_;
    std::optional<string_view> targetHost_;
};

} // namespace

Problem httpProblem(int status, std::string code, std::string title, std::string detail) {
    return {std::move(code), status, std::move(title), std::move(detail), {}};
}

HeadScanner::State HeadScanner::refuse(Problem problem) {
    problem_ = std::move(problem);
    return State::Refused;
}

HeadScanner::State HeadScanner::endOfLine() {
    const bool isEmpty = lineBytes_ == 0;
    lineBytes_ = 0;
    if (inRequestLine_) {
        if (isEmpty)
            skipped_ = position_;
        else
            inRequestLine_ = false;
        return State::More;
    }
    if (isEmpty)
        return State::Complete;
    if (++headerLines_ > kMaxHeaderLines)
        return refuse(httpProblem(431, "header-too-large", "Request header too large",
                                  "more than 100 header lines"));
    return State::More;
}

HeadScanner::State HeadScanner::feed(std::string_view bytes) {
    for (const char c : bytes) {
        if (++position_ > kMaxHeaderBytes)
            return refuse(httpProblem(431, "header-too-large", "Request header too large",
                                      "the header is longer than 32768 bytes"));
        if (sawCr_) {
            if (c != '\n')
                return refuse(badRequest("a carriage return without a line feed"));
            sawCr_ = false;
            if (const State state = endOfLine(); state != State::More)
                return state;
            continue;
        }
        if (c == '\r') {
            sawCr_ = true;
            continue;
        }
        if (c == '\n')
            return refuse(badRequest("a line feed without a carriage return"));
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f)
            return refuse(badRequest("a control character in the header"));
        const std::size_t limit = inRequestLine_ ? kMaxRequestLineBytes : kMaxHeaderLineBytes;
        if (++lineBytes_ > limit)
            return refuse(inRequestLine_
                              ? httpProblem(414, "uri-too-long", "Request target too long",
                                            "the request line is longer than 8192 bytes")
                              : httpProblem(431, "header-too-large", "Request header too large",
                                            "a header line is longer than 8192 bytes"));
    }
    return State::More;
}

tl::expected<RequestHead, Problem> parseHead(std::string_view block) {
    return HeadParser(block).parse();
}

} // namespace segue::http
