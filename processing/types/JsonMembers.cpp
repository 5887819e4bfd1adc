// What the JSON library does not tell: members given twice. It reads the document once more, which
// is cheap for the small ones that come from outside. A pure function, any thread.

#include "processing/types/JsonMembers.h"

#include <set>
#include <vector>

#include <nlohmann/json.hpp>

namespace segue {

std::optional<std::string> memberGivenTwice(std::string_view json) {
    using Json = nlohmann::json;
    constexpr std::size_t kMostBytes = 64;
    std::vector<std::set<std::string>> open; // the members of each object begun and not yet ended
    std::optional<std::string> twice;
    const auto look = [&](int /*depth*/, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start)
            open.emplace_back();
        else if (event == Json::parse_event_t::object_end)
            open.pop_back();
        else if (event == Json::parse_event_t::key && !twice &&
                 !open.back().insert(parsed.get_ref<const std::string&>()).second)
            twice = parsed.get_ref<const std::string&>().substr(0, kMostBytes);
        return true;
    };
    const Json read = Json::parse(json, look, /*allow_exceptions=*/false);
    return read.is_discarded() ? std::nullopt : twice;
}

} // namespace segue
