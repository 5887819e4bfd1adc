#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "backend/StreamParameters.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Which piece of a list is asked for. Lists are paged by what the last item of the page before is
/// sorted by, so that nothing is told twice or left out when the list changes meanwhile.
struct Page {
    static constexpr std::int64_t kMost = 1000;
    static constexpr std::int64_t kUsual = 100;

    int limit = kUsual;
    std::optional<std::vector<std::int64_t>> after; ///< the numbers of the cursor
};

/// Reads limit and after. @param numbers  so many make a cursor of this list
/// @errors InvalidArgument
Result<Page> parsePage(const Query& query, std::size_t numbers);

/// What parsePage() reads again.
std::string cursorOf(std::initializer_list<std::int64_t> numbers);

/// One more than the page has was asked for: takes it off again. @return whether it was there
template <typename Item>
bool takeOffFurther(std::vector<Item>& items, int limit) {
    if (items.size() <= static_cast<std::size_t>(limit))
        return false;
    items.resize(static_cast<std::size_t>(limit));
    return true;
}

} // namespace segue::backend
