#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <httplib.h>

namespace segue::http {

/// What a representation can be recognised by.
struct Validators {
    std::string etag; ///< strong, with its quotes; "" for none
    std::optional<std::chrono::sys_seconds> lastModified;
};

enum class Precondition { Proceed, NotModified, Failed };

/// If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since of a GET or HEAD.
/// @source  RFC 9110, 13.2.2
Precondition evaluatePreconditions(const httplib::Headers& headers, const Validators& validators);

/// Whether a Range may be honoured: no If-Range, or one that names exactly this representation. A
/// weak tag never does.
/// @source  RFC 9110, 13.1.5
bool ifRangeHolds(const httplib::Headers& headers, const Validators& validators);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string formatHttpDate(std::chrono::sys_seconds time);
/// Any of the three forms that RFC 9110 knows; nothing otherwise.
std::optional<std::chrono::sys_seconds> parseHttpDate(std::string_view text);

} // namespace segue::http
