// Routing by path segments, instead of the library's list of regular expressions: a hostile path
// costs a walk down a small tree, never the recursion of std::regex. Built before the server
// starts, then read by all connection threads.

#include "backend/http/Router.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

#include "backend/http/Problem.h"
#include "backend/http/RequestHead.h"

namespace segue::http {
namespace {

using std::string_view;

/// Deeper paths belong to nobody.
constexpr std::size_t kMaxSegments = 32;

std::vector<string_view> segmentsOf(string_view path) {
    std::vector<string_view> segments;
    while (path.starts_with('/')) {
        path.remove_prefix(1);
        const auto end = std::min(path.find('/'), path.size());
        segments.push_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return segments;
}

int hexValue(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/// Bytes of the character that begins at `text[at]`; 0 if it is not UTF-8 (overlong forms and
/// surrogates are not).
std::size_t utf8Length(string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned lead = byte(0);
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return continues(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const bool inRange = lead == 0xE0 ? byte(1) >= 0xA0 : lead == 0xED ? byte(1) <= 0x9F : true;
        return continues(1) && continues(2) && inRange ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const bool inRange = lead == 0xF0 ? byte(1) >= 0x90 : lead == 0xF4 ? byte(1) <= 0x8F : true;
        return continues(1) && continues(2) && continues(3) && inRange ? 4 : 0;
    }
    return 0;
}

bool isCleanUtf8(string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        const std::size_t length = utf8Length(text, i);
        if (length == 0 || c < 0x20 || c == 0x7f)
            return false;
        i += length;
    }
    return true;
}

} // namespace

std::optional<std::string> percentDecode(string_view text, bool plusIsSpace) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            const int high = i + 2 < text.size() ? hexValue(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hexValue(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return std::nullopt;
            decoded += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            decoded += plusIsSpace && text[i] == '+' ? ' ' : text[i];
        }
    }
    if (!isCleanUtf8(decoded))
        return std::nullopt;
    return decoded;
}

const std::string& RequestContext::pathParam(string_view name) const {
    const auto it = pathParams.find(name);
    assert(it != pathParams.end());
    return it->second;
}

std::optional<std::string> RequestContext::query(const std::string& name) const {
    // A multimap keeps equal keys in the order of the query.
    const auto it = request.params.lower_bound(name);
    if (it == request.params.end() || it->first != name)
        return std::nullopt;
    return it->second;
}

std::optional<std::string> onlyValue(const httplib::Headers& headers, const std::string& name) {
    const auto [begin, end] = headers.equal_range(name);
    if (begin == end || std::next(begin) != end)
        return std::nullopt;
    return begin->second;
}

struct Router::Node {
    struct Route {
        std::string pattern;
        std::vector<std::string> paramNames;
        Handler handler;
        BodyTaker takeBody;
    };

    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> param;
    std::map<std::string, Route, std::less<>> routes; ///< by method

    /// The node of `segments` that has routes, and the segments that are parameters.
    const Node* find(const std::vector<string_view>& segments, std::size_t depth,
                     std::vector<string_view>& params) const {
        if (depth == segments.size())
            return routes.empty() ? nullptr : this;
        if (const auto it = literals.find(segments[depth]); it != literals.end())
            if (const Node* found = it->second->find(segments, depth + 1, params))
                return found;
        if (!param || segments[depth].empty())
            return nullptr;
        params.push_back(segments[depth]);
        if (const Node* found = param->find(segments, depth + 1, params))
            return found;
        params.pop_back();
        return nullptr;
    }

    std::string allowed() const {
        std::string methods = "OPTIONS";
        for (const auto& [method, route] : routes) {
            methods += ", " + method;
            if (method == "GET")
                methods += ", HEAD";
        }
        return methods;
    }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;

void Router::add(const std::string& method, const std::string& pattern, Handler handler,
                 BodyTaker takeBody) {
    assert(pattern.starts_with('/'));
    Node::Route route{pattern, {}, std::move(handler), std::move(takeBody)};
    Node* node = root_.get();
    for (const string_view segment : segmentsOf(pattern)) {
        if (segment.starts_with('{') && segment.ends_with('}')) {
            route.paramNames.emplace_back(segment.substr(1, segment.size() - 2));
            if (!node->param)
                node->param = std::make_unique<Node>();
            node = node->param.get();
        } else {
            auto& child = node->literals[std::string(segment)];
            if (!child)
                child = std::make_unique<Node>();
            node = child.get();
        }
    }
    [[maybe_unused]] const bool isNew = node->routes.emplace(method, std::move(route)).second;
    assert(isNew);
}

void Router::fallback(Handler handler) {
    fallback_ = std::move(handler);
}

const Router::Node* Router::nodeOf(string_view rawPath, std::vector<string_view>& params) const {
    const auto segments = segmentsOf(rawPath);
    return segments.size() <= kMaxSegments ? root_->find(segments, 0, params) : nullptr;
}

Result<std::shared_ptr<BodyFile>> Router::takeBody(const RequestHead& head) const try {
    std::vector<string_view> params;
    const Node* node = nodeOf(head.rawPath, params);
    if (!node)
        return nullptr;
    const auto it = node->routes.find(head.method);
    if (it == node->routes.end() || !it->second.takeBody)
        return nullptr;
    return it->second.takeBody(head);
} catch (const std::exception& exception) {
    return fail(ErrorCode::Internal, std::string("exception: ") + exception.what());
} catch (...) {
    return fail(ErrorCode::Internal, "exception of unknown type");
}

string_view Router::dispatch(const httplib::Request& request, string_view rawPath,
                             const Liveness& liveness, httplib::Response& response,
                             const std::shared_ptr<BodyFile>& bodyFile, bool acceptsGzip) const {
    const bool isReading = request.method == "GET" || request.method == "HEAD";
    RequestContext ctx{request, liveness, {}, {}, bodyFile, acceptsGzip};
    const auto problem = [&](Problem what) {
        what.instance = request.path;
        respond(response, what);
    };
    try {
        if (rawPath == "*") { // OPTIONS of the whole server
            response.status = 204;
            response.set_header("Allow", "OPTIONS, GET, HEAD, POST, PUT, PATCH, DELETE");
            return {};
        }
        std::vector<string_view> params;
        const Node* node = nodeOf(rawPath, params);
        if (!node) {
            if (fallback_ && isReading)
                fallback_(ctx, response);
            else
                problem({"not-found", 404, "Not found", "nothing is at this path", {}});
            return {};
        }
        const auto it = node->routes.find(request.method == "HEAD" ? "GET" : request.method);
        if (it == node->routes.end()) {
            if (request.method == "OPTIONS")
                response.status = 204;
            else
                problem({"method-not-allowed",
                         405,
                         "Method not allowed",
                         "this path knows " + node->allowed(),
                         {}});
            response.set_header("Allow", node->allowed());
            return node->routes.begin()->second.pattern;
        }
        const Node::Route& route = it->second;
        ctx.pattern = route.pattern;
        for (std::size_t i = 0; i < params.size(); ++i) {
            auto value = percentDecode(params[i]);
            if (!value || value->empty()) {
                problem({"bad-request",
                         400,
                         "Bad request",
                         "'" + route.paramNames[i] + "' is not valid percent-encoded UTF-8",
                         {}});
                return ctx.pattern;
            }
            ctx.pathParams.emplace(route.paramNames[i], std::move(*value));
        }
        route.handler(ctx, response);
    } catch (const std::exception& exception) {
        respond(ctx, response,
                Error{ErrorCode::Internal, std::string("exception: ") + exception.what()});
    } catch (...) {
        respond(ctx, response, Error{ErrorCode::Internal, "exception of unknown type"});
    }
    return ctx.pattern;
}

} // namespace segue::http
