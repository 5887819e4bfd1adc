// From the rules of a smart playlist to SQL. The rules are read once, strictly:
// each condition becomes a piece of text from the tables below, and each value
// a parameter, numbered in the order of reading. Unknown values (no year, never
// played) are NULL, and NULL is what no comparison holds for; "is not" and "not
// in the last days" hold for it, since that is what people mean by them. Pure
// functions but for tracks(); any thread.

#include "library/SmartRules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include <nlohmann/json.hpp>

#include "library/Text.h"
#include "processing/types/JsonMembers.h"

namespace segue::library {

namespace {

using Json = nlohmann::ordered_json;
using Question = SmartRules::Question;
using Value = SmartRules::Value;

constexpr std::int64_t kMsPerDay = 86'400'000;
constexpr double kMostDays = 36'500;
constexpr double kMostMinutes = 100'000;
constexpr std::size_t kMostQuotedBytes = 64;
/// A prime, so that what follows visits every number once.
constexpr const char* kPrime = "2147483647";

enum class Kind { Text, Number, Flag, Date };

constexpr int kNone = -1, kGenres = -2;

struct Field {
    std::string_view name;
    Kind kind;
    std::string_view sql; ///< empty: there are several values, and nothing to sort by
    int names = kNone;    ///< where they are, when a track has several: the number
                          ///< of an ArtistRole
};

constexpr std::array kFields{
    Field{"title", Kind::Text, "track.title"},
    Field{"artist", Kind::Text, "track.artist", 0},
    Field{"album", Kind::Text, "track.album"},
    Field{"albumArtist", Kind::Text, "track.album_artist", 1},
    Field{"composer", Kind::Text, "", 2},
    Field{"lyricist", Kind::Text, "", 3},
    Field{"conductor", Kind::Text, "", 4},
    Field{"performer", Kind::Text, "", 5},
    Field{"remixer", Kind::Text, "", 6},
    Field{"arranger", Kind::Text, "", 7},
    Field{"producer", Kind::Text, "", 8},
    Field{"genre", Kind::Text, "track.genre", kGenres},
    Field{"comment", Kind::Text, "track.comment"},
    Field{"discSubtitle", Kind::Text, "track.disc_subtitle"},
    Field{"codec", Kind::Text, "track.codec"},
    Field{"path", Kind::Text, "CAST(track.path AS TEXT)"},
    Field{"musicBrainzRecording", Kind::Text, "track.mb_recording"},
    Field{"musicBrainzRelease", Kind::Text, "track.mb_release"},
    Field{"trackNumber", Kind::Number, "nullif(track.track_number, 0)"},
    Field{"discNumber", Kind::Number, "nullif(track.disc_number, 0)"},
    Field{"year", Kind::Number, "nullif(track.year, 0)"},
    Field{"originalYear", Kind::Number,
          "nullif(CAST(substr(track.original_date, 1, 4) AS INTEGER), 0)"},
    Field{"releaseYear", Kind::Number,
          "nullif(CAST(substr(track.release_date, 1, 4) AS INTEGER), 0)"},
    Field{"compilation", Kind::Flag, "track.compilation <> 0"},
    Field{"durationSeconds", Kind::Number, "track.duration_s"},
    Field{"sampleRateHz", Kind::Number, "track.sample_rate_hz"},
    Field{"channels", Kind::Number, "track.num_channels"},
    Field{"bitRateKbps", Kind::Number, "track.size_bytes * 0.008 / nullif(track.duration_s, 0)"},
    Field{"replayGainDb", Kind::Number, "track.rg_track_gain_db"},
    Field{"bpm", Kind::Number, "coalesce(nullif(track.bpm, 0), feature.bpm)"},
    Field{"integratedLufs", Kind::Number, "feature.integrated_lufs"},
    Field{"loudnessRangeLu", Kind::Number, "feature.loudness_range_lu"},
    Field{"truePeakDbtp", Kind::Number, "feature.true_peak_dbtp"},
    Field{"plrDb", Kind::Number, "feature.true_peak_dbtp - feature.integrated_lufs"},
    Field{"crestFactorDb", Kind::Number, "feature.crest_factor_db"},
    Field{"playCount", Kind::Number, "coalesce(plays.plays, 0)"},
    Field{"rating", Kind::Number, "coalesce(mark.rating, 0)"},
    Field{"starred", Kind::Flag, "coalesce(mark.starred_ms, 0) > 0"},
    Field{"lastPlayed", Kind::Date, "nullif(plays.last_ms, 0)"},
    Field{"starredAt", Kind::Date, "nullif(mark.starred_ms, 0)"},
    Field{"added", Kind::Date, "nullif(track.added_ms, 0)"},
};

/// The tracks with a name for which `holds` is true; it calls the name `name`.
std::string tracksNamed(const Field& field, const std::string& holds) {
    return field.names == kGenres ? "track.id IN (SELECT track_id FROM track_genre JOIN genre ON "
                                    "genre.id = genre_id "
                                    "WHERE " +
                                        holds + ")"
                                  : "track.id IN (SELECT track_id FROM track_artist JOIN artist ON "
                                    "artist.id = "
                                    "artist_id WHERE role = " +
                                        std::to_string(field.names) + " AND " + holds + ")";
}

struct Table {
    std::string_view name, join;
};
/// Joined where a field of theirs is asked for.
constexpr std::array kTables{
    Table{"plays.", " LEFT JOIN play_count AS plays ON plays.user_id = ?1 AND "
                    "plays.track_id = "
                    "track.id"},
    Table{"mark.", " LEFT JOIN track_mark AS mark ON mark.user_id = ?1 AND "
                   "mark.track_id = "
                   "track.id"},
    Table{"feature.", " LEFT JOIN feature ON feature.content = track.content"},
};

const Field* fieldNamed(const Json& name) {
    if (!name.is_string())
        return nullptr;
    const auto found = std::find_if(kFields.begin(), kFields.end(), [&](const Field& field) {
        return field.name == name.get_ref<const std::string&>();
    });
    return found == kFields.end() ? nullptr : &*found;
}

std::string allFields() {
    std::string all;
    for (const Field& field : kFields)
        all += (all.empty() ? "" : ", ") + std::string(field.name);
    return all;
}

/// A value as an error may quote it: short. Lists and objects are not walked.
std::string quoted(const Json& value) {
    if (value.is_structured())
        return value.is_array() ? "a list" : "an object";
    std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() > kMostQuotedBytes)
        text = displayText(text.substr(0, kMostQuotedBytes)) + "...";
    return text;
}

tl::unexpected<Error> wrong(const std::string& where, const std::string& what) {
    return fail(ErrorCode::InvalidArgument, "rules: " + where + ": " + what);
}

/// "2024-05-01" or milliseconds since 1970.
std::optional<std::int64_t> momentOf(const Json& value) {
    if (value.is_number_integer() && value.get<std::int64_t>() >= 0)
        return value.get<std::int64_t>();
    if (!value.is_string())
        return std::nullopt;
    const std::string& text = value.get_ref<const std::string&>();
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    const auto number = [&](std::size_t from, std::size_t length, auto& to) {
        const char* end = text.data() + from + length;
        const auto read = std::from_chars(text.data() + from, end, to);
        return read.ec == std::errc{} && read.ptr == end;
    };
    if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !number(0, 4, year) ||
        !number(5, 2, month) || !number(8, 2, day))
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                           std::chrono::day{day}};
    if (!date.ok() || year < 1970)
        return std::nullopt;
    return std::chrono::sys_days{date}.time_since_epoch().count() * kMsPerDay;
}

std::optional<double> numberOf(const Json& value) {
    if (!value.is_number() || !std::isfinite(value.get<double>()))
        return std::nullopt;
    return value.get<double>();
}

/// Reads the rules into a Question. Each method says where in the rules it is.
class Reader {
  public:
    Result<void> readMatch(const Json& node, const std::string& where, int depth,
                           std::string& sql) {
        if (!node.is_object())
            return wrong(where, "must be an object, not " + quoted(node));
        if (depth > SmartRules::kDeepest)
            return wrong(where, "nested deeper than " + std::to_string(SmartRules::kDeepest));
        if (node.size() == 1 && (node.contains("all") || node.contains("any")))
            return readGroup(node, where, depth, sql);
        return readCondition(node, where, sql);
    }

    Result<void> readOrder(const Json& order) {
        if (order.is_object())
            return readRandom(order);
        if (!order.is_array() || order.empty() || order.size() > SmartRules::kMostOrders)
            return wrong("order", "must be {\"random\": seed or null} or a list of 1 to " +
                                      std::to_string(SmartRules::kMostOrders) + " fields");
        for (std::size_t i = 0; i < order.size(); ++i)
            if (auto done = readOrderBy(order[i], "order[" + std::to_string(i) + "]"); !done)
                return done;
        return {};
    }

    Result<void> readLimit(const Json& limit) {
        if (limit.is_object() && limit.size() == 1 && limit.contains("tracks")) {
            const auto tracks = numberOf(limit["tracks"]);
            if (!limit["tracks"].is_number_integer() || *tracks < 1 ||
                *tracks > static_cast<double>(SmartRules::kMostTracks))
                return wrong("limit.tracks", "must be a whole number from 1 to " +
                                                 std::to_string(SmartRules::kMostTracks));
            question.mostTracks = static_cast<std::int64_t>(*tracks);
            return {};
        }
        if (limit.is_object() && limit.size() == 1 && limit.contains("minutes")) {
            const auto minutes = numberOf(limit["minutes"]);
            if (!minutes || *minutes <= 0 || *minutes > kMostMinutes)
                return wrong("limit.minutes", "must be a number above 0, at most 100000");
            question.mostSeconds = 60 * *minutes;
            return {};
        }
        return wrong("limit", R"(must be {"tracks": number} or {"minutes": number})");
    }

    Question question;

  private:
    /// The mark of a new parameter; ?1 is the user.
    std::string mark(Value value) {
        question.values.push_back(std::move(value));
        return "?" + std::to_string(question.values.size() + 1);
    }

    Result<void> readGroup(const Json& node, const std::string& where, int depth,
                           std::string& sql) {
        const bool all = node.contains("all");
        const std::string here = where + (all ? ".all" : ".any");
        const Json& members = node[all ? "all" : "any"];
        if (!members.is_array())
            return wrong(here, "must be a list, not " + quoted(members));
        sql += "(";
        for (std::size_t i = 0; i < members.size(); ++i) {
            sql += i == 0 ? "" : all ? " AND " : " OR ";
            const std::string member = here + "[" + std::to_string(i) + "]";
            if (auto done = readMatch(members[i], member, depth + 1, sql); !done)
                return done;
        }
        // All of nothing holds, any of nothing does not.
        sql += members.empty() ? (all ? "1)" : "0)") : ")";
        return {};
    }

    Result<void> readCondition(const Json& node, const std::string& where, std::string& sql) {
        if (++conditions_ > SmartRules::kMostConditions)
            return wrong(where, "more than " + std::to_string(SmartRules::kMostConditions) +
                                    " conditions");
        if (node.size() != 3 || !node.contains("field") || !node.contains("operator") ||
            !node.contains("value"))
            return wrong(where,
                         "must have 'field', 'operator' and 'value', or only 'all' or 'any'");
        const Field* field = fieldNamed(node["field"]);
        if (!field)
            return wrong(where + ".field",
                         quoted(node["field"]) + " is none; there are " + allFields());
        if (!node["operator"].is_string())
            return wrong(where + ".operator", "must be a text");
        const std::string& name = node["operator"].get_ref<const std::string&>();
        switch (field->kind) {
        case Kind::Text:
            return readText(*field, name, node["value"], where, sql);
        case Kind::Number:
            return readNumber(*field, name, node["value"], where, sql);
        case Kind::Flag:
            return readFlag(*field, name, node["value"], where, sql);
        case Kind::Date:
            return readDate(*field, name, node["value"], where, sql);
        }
        return {};
    }

    static tl::unexpected<Error> noOperator(const Field& field, const std::string& where,
                                            const std::string& allowed) {
        return wrong(where + ".operator", "'" + std::string(field.name) + "' knows " + allowed);
    }

    Result<void> readText(const Field& field, const std::string& name, const Json& value,
                          const std::string& where, std::string& sql) {
        if (!value.is_string() ||
            value.get_ref<const std::string&>().size() > SmartRules::kLongestText)
            return wrong(where + ".value", "must be a text of at most " +
                                               std::to_string(SmartRules::kLongestText) +
                                               " bytes, not " + quoted(value));
        const std::string text = foldCase(value.get_ref<const std::string&>());
        // Without a name at all a track is found by what is shown of it.
        const bool byNames = field.names != kNone && (!text.empty() || field.sql.empty());
        const std::string folded =
            "fold_case(" + (byNames ? std::string("name") : std::string(field.sql)) + ")";
        std::string holds;
        if (name == "is" || name == "isNot")
            holds = folded + " = " + mark(text);
        else if (name == "contains")
            holds = "instr(" + folded + ", " + mark(text) + ") > 0";
        else if (name == "startsWith") {
            const std::string start = mark(text);
            holds = "substr(" + folded + ", 1, length(" + start + ")) = " + start;
        } else {
            return noOperator(field, where, "is, isNot, contains, startsWith");
        }
        if (byNames)
            holds = tracksNamed(field, holds);
        sql += (name == "isNot" ? "NOT (" : "(") + holds + ")";
        return {};
    }

    Result<void> readNumber(const Field& field, const std::string& name, const Json& value,
                            const std::string& where, std::string& sql) {
        const std::string column(field.sql);
        if (name == "inRange")
            return readRange(column, value, where, sql);
        const auto number = numberOf(value);
        if (!number)
            return wrong(where + ".value", "must be a number, not " + quoted(value));
        if (name == "is")
            sql += column + " = " + mark(*number);
        else if (name == "isNot")
            sql += column + " IS NOT " + mark(*number);
        else if (name == "gt" || name == "lt")
            sql += column + (name == "gt" ? " > " : " < ") + mark(*number);
        else
            return noOperator(field, where, "is, isNot, gt, lt, inRange");
        return {};
    }

    Result<void> readRange(const std::string& column, const Json& value, const std::string& where,
                           std::string& sql) {
        const bool isPair = value.is_array() && value.size() == 2;
        const auto least = isPair ? numberOf(value[0]) : std::nullopt;
        const auto most = isPair ? numberOf(value[1]) : std::nullopt;
        if (!least || !most || *least > *most)
            return wrong(where + ".value", "must be [least, most]");
        const std::string from = mark(*least);
        sql += column + " BETWEEN " + from + " AND " + mark(*most);
        return {};
    }

    static Result<void> readFlag(const Field& field, const std::string& name, const Json& value,
                                 const std::string& where, std::string& sql) {
        if (name != "is" && name != "isNot")
            return noOperator(field, where, "is, isNot");
        if (!value.is_boolean())
            return wrong(where + ".value", "must be true or false, not " + quoted(value));
        sql += (value.get<bool>() == (name == "is") ? "(" : "NOT (") + std::string(field.sql) + ")";
        return {};
    }

    Result<void> readDate(const Field& field, const std::string& name, const Json& value,
                          const std::string& where, std::string& sql) {
        const std::string column(field.sql);
        if (name == "before" || name == "after") {
            const auto moment = momentOf(value);
            if (!moment)
                return wrong(where + ".value",
                             "must be a day, 2024-12-31, or ms since 1970, not " + quoted(value));
            sql += column + (name == "before" ? " < " : " >= ") + mark(*moment);
            return {};
        }
        if (name != "inTheLast" && name != "notInTheLast")
            return noOperator(field, where, "before, after, inTheLast, notInTheLast");
        const auto days = numberOf(value);
        if (!days || *days <= 0 || *days > kMostDays)
            return wrong(where + ".value",
                         "must be a number of days above 0, at most 36500, not " + quoted(value));
        const std::string then = mark(SmartRules::DaysAgo{*days});
        sql +=
            name == "inTheLast" ? column + " >= " + then : "coalesce(" + column + ", 0) < " + then;
        return {};
    }

    Result<void> readOrderBy(const Json& one, const std::string& where) {
        const bool ascending = one.is_object() && one.size() == 1;
        if (!one.is_object() || !one.contains("by") ||
            (!ascending && (one.size() != 2 || !one.contains("direction"))))
            return wrong(where, "must have 'by', and may have 'direction'");
        const Field* field = fieldNamed(one["by"]);
        if (!field)
            return wrong(where + ".by", quoted(one["by"]) + " is none; there are " + allFields());
        if (field->sql.empty())
            return wrong(where + ".by", "a track has several of '" + std::string(field->name) +
                                            "'; it cannot be sorted by them");
        const Json direction = ascending ? Json("ascending") : one["direction"];
        if (direction != "ascending" && direction != "descending")
            return wrong(where + ".direction", "must be ascending or descending");
        const std::string column(field->sql);
        question.order += field->kind == Kind::Text ? "fold_case(" + column + ")" : column;
        question.order += direction == "ascending" ? " ASC, " : " DESC, ";
        return {};
    }

    /// x^5 modulo a prime is a permutation that looks like none; with the id and
    /// the seed in x every track gets another number.
    Result<void> readRandom(const Json& order) {
        if (order.size() != 1 || !order.contains("random"))
            return wrong("order", "must be {\"random\": seed or null} or a list of fields");
        const Json& seed = order["random"];
        if (!seed.is_null() &&
            (!seed.is_number_integer() || seed.get<double>() < 0 || seed.get<double>() > 1e9))
            return wrong("order.random", "must be a whole number from 0 to 1000000000, or null for "
                                         "another order each day");
        const std::string number =
            mark(seed.is_null() ? Value(SmartRules::Today{}) : Value(seed.get<std::int64_t>()));
        const std::string p = std::string(" % ") + kPrime;
        const std::string x = "((track.id * 48271 + " + number + " * 69621 + 1)" + p + ")";
        const std::string square = "(" + x + " * " + x + p + ")";
        question.order += "(" + square + " * " + square + p + ") * " + x + p + ", ";
        return {};
    }

    int conditions_ = 0;
};

Result<Json> parseJson(std::string_view text) {
    if (text.size() > SmartRules::kMostBytes)
        return wrong("all of it",
                     "longer than " + std::to_string(SmartRules::kMostBytes) + " bytes");
    Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object())
        return wrong("all of it", "not a JSON object");
    if (const auto twice = memberGivenTwice(text))
        return wrong("all of it", "'" + *twice + "' is given twice");
    for (const auto& [name, value] : json.items())
        if (name != "match" && name != "order" && name != "limit")
            return wrong("all of it", "unknown member '" + name.substr(0, kMostQuotedBytes) +
                                          "'; there are match, order, limit");
    return json;
}

void bind(Statement& select, int index, const Value& value, std::int64_t nowMs) {
    if (const auto* number = std::get_if<std::int64_t>(&value))
        select.bindInt(index, *number);
    else if (const auto* real = std::get_if<double>(&value))
        select.bindReal(index, *real);
    else if (const auto* text = std::get_if<std::string>(&value))
        select.bindText(index, *text);
    else if (const auto* ago = std::get_if<SmartRules::DaysAgo>(&value))
        select.bindInt(index, nowMs - std::llround(ago->days * static_cast<double>(kMsPerDay)));
    else
        select.bindInt(index, nowMs / kMsPerDay);
}

} // namespace

Result<SmartRules> SmartRules::parse(std::string_view text) {
    const auto json = parseJson(text);
    if (!json)
        return fail(json.error());
    Reader reader;
    if (json->contains("match")) {
        std::string where;
        if (auto done = reader.readMatch((*json)["match"], "match", 1, where); !done)
            return fail(done.error());
        reader.question.where = std::move(where);
    }
    if (json->contains("order"))
        if (auto done = reader.readOrder((*json)["order"]); !done)
            return fail(done.error());
    if (json->contains("limit"))
        if (auto done = reader.readLimit((*json)["limit"]); !done)
            return fail(done.error());
    if (reader.question.order.empty())
        reader.question.order = "track.sort_key, ";
    return SmartRules(json->dump(), std::move(reader.question));
}

std::string SmartRules::sql() const {
    // The user is named even where no table of his is joined, so that ?1 can always be bound.
    std::string sql = "SELECT track.id, track.duration_s, ?1 FROM track";
    for (const auto& [name, join] : kTables)
        if (question_.where.find(name) != std::string::npos ||
            question_.order.find(name) != std::string::npos)
            sql += join;
    // What is shown is not missing; the index in the library's order is over what
    // is not missing.
    return sql + " WHERE track.shown = 1 AND track.missing = 0 AND " + question_.where +
           " ORDER BY " + question_.order + "track.id LIMIT " +
           std::to_string(question_.mostTracks);
}

Result<std::vector<TrackId>> SmartRules::tracks(const DatabaseAccess& access, UserId user,
                                                std::int64_t nowMs) const {
    return access.read([&](Connection& connection) -> Result<std::vector<TrackId>> {
        Statement select = connection.prepare(sql());
        select.bindInt(1, user);
        for (std::size_t i = 0; i < question_.values.size(); ++i)
            bind(select, static_cast<int>(i) + 2, question_.values[i], nowMs);
        std::vector<TrackId> tracks;
        double seconds = 0;
        for (;;) {
            const auto row = select.step();
            if (!row)
                return fail(row.error());
            if (!*row)
                return tracks;
            seconds += select.realAt(1);
            if (question_.mostSeconds && seconds > *question_.mostSeconds)
                return tracks;
            tracks.push_back(select.intAt(0));
        }
    });
}

} // namespace segue::library
