#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Takes a member's value. @return nothing when it is right, else what it must be
using MemberReader = std::function<std::optional<std::string>(const nlohmann::ordered_json& value)>;
using MemberReaders = std::vector<std::pair<std::string, MemberReader>>;

/// What is sent to be nested deeper is no sensible request, and would be a danger to whoever walks
/// it.
inline constexpr int kDeepestJson = 32;

/// `text` as a JSON object without members given twice.
/// @param what  what it is, for messages: "play"
/// @errors InvalidArgument
Result<nlohmann::ordered_json> parseObject(std::string_view text, const std::string& what);

/// Gives each member of the object to its reader. @errors InvalidArgument: names the member, and
/// what is allowed
Result<void> readMembers(const nlohmann::ordered_json& object, const std::string& what,
                         const MemberReaders& readers);
/// The two in one.
Result<void> readObject(std::string_view text, const std::string& what,
                        const MemberReaders& readers);

/// Ids are strings wherever Segue tells them; numbers are understood too.
std::optional<std::int64_t> idOf(const nlohmann::ordered_json& value);

/// Readers of the usual members; `to` outlives them.
MemberReader textMember(std::string& to, std::size_t mostBytes);
MemberReader textMember(std::optional<std::string>& to, std::size_t mostBytes);
MemberReader integerMember(std::int64_t& to, std::int64_t least, std::int64_t most);
MemberReader secondsMember(double& to);
MemberReader idsMember(std::vector<std::int64_t>& to, std::size_t most);
/// null stands for none.
MemberReader idMember(std::optional<std::int64_t>& to);

} // namespace segue::backend
