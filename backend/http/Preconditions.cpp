// Conditional requests: entity tags and dates. Pure functions, any thread.

#include "backend/http/Preconditions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <utility>
#include <vector>

namespace segue::http {
namespace {

using std::string_view;
namespace chrono = std::chrono;

constexpr std::array<string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::vector<string_view> valuesOf(const httplib::Headers& headers, const char* name) {
    std::vector<string_view> values;
    const auto [begin, end] = headers.equal_range(name);
    for (auto it = begin; it != end; ++it)
        values.emplace_back(it->second);
    return values;
}

struct EntityTag {
    bool isWeak = false;
    string_view opaque; ///< with its quotes
};

/// Takes one entity tag from the front of `text`.
std::optional<EntityTag> takeTag(string_view& text) {
    EntityTag tag;
    if (text.starts_with("W/")) {
        tag.isWeak = true;
        text.remove_prefix(2);
    }
    if (!text.starts_with('"'))
        return std::nullopt;
    const auto end = text.find('"', 1);
    if (end == string_view::npos)
        return std::nullopt;
    tag.opaque = text.substr(0, end + 1);
    text.remove_prefix(end + 1);
    return tag;
}

enum class Comparison { Weak, Strong };

/// Whether a list of tags, or "*", names the representation. What follows a malformed tag does not
/// count.
bool tagsMatch(const std::vector<string_view>& lists, const std::string& etag,
               Comparison comparison) {
    for (string_view list : lists) {
        const auto skip = [&list] {
            list.remove_prefix(std::min(list.find_first_not_of(" \t,"), list.size()));
        };
        for (skip(); !list.empty(); skip()) {
            if (list == "*")
                return true;
            const auto tag = takeTag(list);
            if (!tag)
                break;
            if (!etag.empty() && tag->opaque == etag &&
                (comparison == Comparison::Weak || !tag->isWeak))
                return true;
        }
    }
    return false;
}

std::optional<int> number(string_view text) {
    int value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

std::optional<chrono::sys_seconds> timeOf(string_view day, string_view month, string_view year,
                                          string_view clock) {
    const auto monthAt = std::find(kMonths.begin(), kMonths.end(), month);
    const auto d = number(day);
    const auto y = number(year);
    if (monthAt == kMonths.end() || !d || !y || clock.size() != 8 || clock[2] != ':' ||
        clock[5] != ':')
        return std::nullopt;
    const auto h = number(clock.substr(0, 2));
    const auto m = number(clock.substr(3, 2));
    const auto s = number(clock.substr(6, 2));
    const chrono::year_month_day date{
        chrono::year{*y}, chrono::month{static_cast<unsigned>(monthAt - kMonths.begin()) + 1},
        chrono::day{static_cast<unsigned>(*d)}};
    if (!h || !m || !s || *h > 23 || *m > 59 || *s > 60 || !date.ok())
        return std::nullopt;
    return chrono::sys_days{date} + chrono::hours{*h} + chrono::minutes{*m} + chrono::seconds{*s};
}

} // namespace

std::string formatHttpDate(chrono::sys_seconds time) {
    const auto days = chrono::floor<chrono::days>(time);
    const chrono::year_month_day date{days};
    const chrono::hh_mm_ss clock{time - days};
    std::array<char, 64> text{};
    const int length = std::snprintf(
        text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
        kDays[chrono::weekday{days}.c_encoding()].data(), static_cast<unsigned>(date.day()),
        kMonths[static_cast<unsigned>(date.month()) - 1].data(), static_cast<int>(date.year()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<chrono::sys_seconds> parseHttpDate(string_view text) {
    std::vector<string_view> words;
    for (string_view rest = text; !rest.empty();) {
        const auto begin = rest.find_first_not_of(' ');
        if (begin == string_view::npos)
            break;
        const auto end = std::min(rest.find(' ', begin), rest.size());
        words.push_back(rest.substr(begin, end - begin));
        rest.remove_prefix(end);
        if (words.size() > 6)
            return std::nullopt;
    }
    if (words.size() == 6 && words[5] == "GMT" && words[3].size() == 4) // Sun, 06 Nov 1994 ...
        return timeOf(words[1], words[2], words[3], words[4]);
    if (words.size() == 5 && words[4].size() == 4) // Sun Nov  6 08:49:37 1994
        return timeOf(words[2], words[1], words[4], words[3]);
    if (words.size() == 4 && words[3] == "GMT" && words[1].size() == 9 && words[1][2] == '-' &&
        words[1][6] == '-') { // Sunday, 06-Nov-94 08:49:37 GMT
        const auto shortYear = number(words[1].substr(7));
        if (!shortYear)
            return std::nullopt;
        const std::string year = std::to_string(*shortYear + (*shortYear < 70 ? 2000 : 1900));
        return timeOf(words[1].substr(0, 2), words[1].substr(3, 3), year, words[2]);
    }
    return std::nullopt;
}

Precondition evaluatePreconditions(const httplib::Headers& headers, const Validators& validators) {
    const auto dateOf = [&](const char* name) -> std::optional<chrono::sys_seconds> {
        const auto values = valuesOf(headers, name);
        return values.size() == 1 && validators.lastModified ? parseHttpDate(values.front())
                                                             : std::nullopt;
    };
    if (const auto match = valuesOf(headers, "If-Match"); !match.empty()) {
        if (!tagsMatch(match, validators.etag, Comparison::Strong))
            return Precondition::Failed;
    } else if (const auto date = dateOf("If-Unmodified-Since")) {
        if (*validators.lastModified > *date)
            return Precondition::Failed;
    }
    if (const auto noneMatch = valuesOf(headers, "If-None-Match"); !noneMatch.empty())
        return tagsMatch(noneMatch, validators.etag, Comparison::Weak) ? Precondition::NotModified
                                                                       : Precondition::Proceed;
    if (const auto date = dateOf("If-Modified-Since"); date && *validators.lastModified <= *date)
        return Precondition::NotModified;
    return Precondition::Proceed;
}

bool ifRangeHolds(const httplib::Headers& headers, const Validators& validators) {
    const auto values = valuesOf(headers, "If-Range");
    if (values.empty())
        return true;
    string_view text = values.front();
    if (values.size() > 1)
        return false;
    if (text.starts_with('"') || text.starts_with("W/")) {
        const auto tag = takeTag(text);
        return tag && text.empty() && !tag->isWeak && !validators.etag.empty() &&
               tag->opaque == validators.etag;
    }
    const auto date = parseHttpDate(text);
    return date && validators.lastModified && *date == *validators.lastModified;
}

} // namespace segue::http
