// Defences that concern browsers: DNS rebinding, requests forged by other sites, sniffing. Pure
// functions, on connection threads.

#include "backend/http/HostPolicy.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <arpa/inet.h>

namespace segue::http {
namespace {

using std::string_view;

std::string lowered(string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return lower;
}

/// "Example.org:8080" -> "example.org", "[::1]:80" -> "[::1]"
std::string hostNameOf(string_view authority) {
    if (authority.starts_with('['))
        return lowered(
            authority.substr(0, std::min(authority.find(']'), authority.size() - 1) + 1));
    std::string name = lowered(authority.substr(0, authority.find(':')));
    if (name.ends_with('.'))
        name.pop_back();
    return name;
}

bool isIpLiteral(const std::string& name) {
    in6_addr address{};
    if (name.size() > 2 && name.front() == '[' && name.back() == ']')
        return ::inet_pton(AF_INET6, name.substr(1, name.size() - 2).c_str(), &address) == 1;
    return ::inet_pton(AF_INET, name.c_str(), &address) == 1;
}

/// Host and port, without a port that is some scheme's default: a proxy that ends TLS passes on a
/// Host without one.
std::string comparableAuthority(string_view authority) {
    std::string text = lowered(authority);
    for (const string_view port : {":80", ":443"})
        if (text.ends_with(port))
            text.resize(text.size() - port.size());
    return text;
}

bool isSameOrigin(string_view origin, string_view host) {
    const auto scheme = origin.find("://");
    return scheme != string_view::npos &&
           comparableAuthority(origin.substr(scheme + 3)) == comparableAuthority(host);
}

} // namespace

HostPolicy::HostPolicy(Hosts hosts, const std::vector<std::string>& names) : hosts_(hosts) {
    for (const std::string& name : names)
        names_.push_back(hostNameOf(name));
}

std::optional<Problem> HostPolicy::refuse(const RequestHead& head) const {
    if (hosts_ == Hosts::LoopbackOnly && !head.host.empty()) {
        const std::string name = hostNameOf(head.host);
        const bool isKnown = isIpLiteral(name) || name == "localhost" ||
                             name.ends_with(".localhost") ||
                             std::find(names_.begin(), names_.end(), name) != names_.end();
        if (!isKnown)
            return httpProblem(421, "misdirected-request", "Misdirected request",
                               "this server does not answer to the name '" + name + "'");
    }
    if (head.method == "GET" || head.method == "HEAD" || head.method == "OPTIONS")
        return std::nullopt;
    const auto [begin, end] = head.headers.equal_range("Origin");
    const bool isForeign = std::any_of(
        begin, end, [&](const auto& field) { return !isSameOrigin(field.second, head.host); });
    const auto site = head.headers.find("Sec-Fetch-Site");
    const bool isCrossSite =
        begin == end && site != head.headers.end() && site->second == "cross-site";
    if (isForeign || isCrossSite)
        return httpProblem(403, "foreign-origin", "Foreign origin",
                           "another site's page may not change anything here");
    return std::nullopt;
}

void addSecurityHeaders(httplib::Headers& headers) {
    const auto add = [&](const char* name, const char* value) {
        if (headers.find(name) == headers.end())
            headers.emplace(name, value);
    };
    add("X-Content-Type-Options", "nosniff");
    add("Referrer-Policy", "same-origin");
    add("Cross-Origin-Resource-Policy", "same-origin");
    const auto type = headers.find("Content-Type");
    if (type != headers.end() && type->second.starts_with("text/html"))
        add("Content-Security-Policy",
            "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
            "style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; object-src 'none'; "
            "base-uri 'self'; form-action 'self'; frame-ancestors 'none'");
}

} // namespace segue::http
