// Times of day, as people write them and as the machine's clock shows them. Pure functions.
#include "backend/TimeOfDay.h"

#include <ctime>
#include <optional>
#include <string>

namespace segue::backend {

namespace {

constexpr int kMinutesPerHour = 60, kHoursPerDay = 24;

std::optional<int> twoDigits(std::string_view text) {
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != 2 || !isDigit(text[0]) || !isDigit(text[1]))
        return std::nullopt;
    return (text[0] - '0') * 10 + (text[1] - '0');
}

} // namespace

Result<int> parseMinuteOfDay(std::string_view text) {
    const auto hour = twoDigits(text.substr(0, 2));
    const auto minute =
        text.size() == 5 && text[2] == ':' ? twoDigits(text.substr(3)) : std::nullopt;
    if (!hour || !minute || *hour >= kHoursPerDay || *minute >= kMinutesPerHour)
        return fail(ErrorCode::InvalidArgument,
                    "'" + std::string(text) + "' is not a time of day, 00:00 to 23:59");
    return *hour * kMinutesPerHour + *minute;
}

std::int64_t nextTimeOfDay(std::int64_t nowMs, int minuteOfDay) {
    const std::time_t now = nowMs / 1000;
    std::tm local{};
    localtime_r(&now, &local);
    for (int day = 0;; ++day) { // mktime() understands the 32nd, and summer time
        std::tm at = local;
        at.tm_mday += day;
        at.tm_hour = minuteOfDay / kMinutesPerHour;
        at.tm_min = minuteOfDay % kMinutesPerHour;
        at.tm_sec = 0;
        at.tm_isdst = -1;
        const std::int64_t atMs = std::int64_t{mktime(&at)} * 1000;
        if (atMs > nowMs || day > 2)
            return atMs;
    }
}

} // namespace segue::backend
