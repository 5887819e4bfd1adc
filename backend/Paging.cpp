// Cursors: the numbers that the last item of a page is sorted by, written as text. Clients hand
// them back as they are; whoever makes up his own gets another piece of his own list or a 400,
// nothing else. Pure functions, any thread.
#include "backend/Paging.h"

#include <charconv>
#include <string_view>

namespace segue::backend {

namespace {

constexpr char kBetween = '.';

std::optional<std::vector<std::int64_t>> numbersOf(std::string_view text) {
    std::vector<std::int64_t> numbers;
    for (;;) {
        const std::size_t end = std::min(text.find(kBetween), text.size());
        std::int64_t number = 0;
        const auto read = std::from_chars(text.data(), text.data() + end, number);
        if (read.ec != std::errc{} || read.ptr != text.data() + end)
            return std::nullopt;
        numbers.push_back(number);
        if (end == text.size())
            return numbers;
        text.remove_prefix(end + 1);
    }
}

} // namespace

Result<Page> parsePage(const Query& query, std::size_t numbers) {
    const auto limit = parseInteger(query, "limit", 1, Page::kMost, Page::kUsual);
    if (!limit)
        return fail(limit.error());
    Page page{.limit = static_cast<int>(*limit), .after = {}};
    const auto cursor = query("after");
    if (!cursor)
        return page;
    page.after = numbersOf(*cursor);
    if (!page.after || page.after->size() != numbers)
        return fail(ErrorCode::InvalidArgument,
                    "after: not a 'next' that a page of this list gave");
    return page;
}

std::string cursorOf(std::initializer_list<std::int64_t> numbers) {
    std::string text;
    for (const std::int64_t number : numbers)
        text += (text.empty() ? "" : std::string(1, kBetween)) + std::to_string(number);
    return text;
}

} // namespace segue::backend
