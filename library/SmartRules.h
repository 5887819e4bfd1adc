#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "library/DatabaseAccess.h"
#include "library/Library.h"

namespace segue::library {

/// What a smart playlist's rules stand for: a question to the database that is asked anew whenever
/// somebody wants to know its tracks.
///
/// ```json
/// {"match": {"all": [{"field": "genre", "operator": "is", "value": "Jazz"},
///                    {"any": [{"field": "rating", "operator": "gt", "value": 3},
///                             {"field": "starred", "operator": "is", "value": true}]}]},
///  "order": [{"by": "lastPlayed"}, {"by": "rating", "direction": "descending"}],
///  "limit": {"minutes": 60}}
/// ```
/// Everything that was sent is bound as a parameter; of the text of the question only what stands
/// in our own tables of fields and operators is made.
/// @thread immutable
class SmartRules {
  public:
    static constexpr std::size_t kMostBytes = 16'384;
    static constexpr int kDeepest = 8;          ///< of all and any within each other
    static constexpr int kMostConditions = 100; ///< of all depths together
    static constexpr std::size_t kMostOrders = 4;
    static constexpr std::size_t kLongestText = 500;
    static constexpr std::int64_t kMostTracks = 10'000; ///< also where no limit is given

    /// @errors InvalidArgument: names the place, and what is allowed there
    static Result<SmartRules> parse(std::string_view json);

    /// As it may be stored; parse() gives the same rules again.
    const std::string& json() const { return json_; }

    /// The present tracks that match, in order. @param nowMs  what "in the last days" counts from;
    /// without a seed a random order stays the same for a day of UTC
    Result<std::vector<TrackId>> tracks(const DatabaseAccess& access, UserId user,
                                        std::int64_t nowMs) const;

    /// The question, for tests of its plan.
    std::string sql() const;

    /// So many days before the question is asked, in ms since 1970.
    struct DaysAgo {
        double days = 0;
    };
    struct Today {}; ///< the number of the day, a seed
    using Value = std::variant<std::int64_t, double, std::string, DaysAgo, Today>;

    /// What is put together while the rules are read.
    struct Question {
        std::string where = "1", order;
        std::vector<Value> values; ///< of ?2 and on, in the order of their marks
        std::int64_t mostTracks = kMostTracks;
        std::optional<double> mostSeconds;
    };

  private:
    SmartRules(std::string json, Question question)
        : json_(std::move(json)), question_(std::move(question)) {}

    std::string json_;
    Question question_;
};

} // namespace segue::library
