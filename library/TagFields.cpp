// From the fields of a file to what the library keeps of them. Pure functions on the thread of
// whoever reads tags. Whatever is in a field, what comes out is clean, bounded text, numbers in
// their range, and each name once.

#include "library/TagFields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <utility>

#include "library/Text.h"

namespace segue::library {

namespace {

// Far above anything real, and exact in the integers that count frames.
constexpr int kMaxNumber = 999'999;
constexpr int kMaxYear = 9999;
// The longest lists of real files are orchestras'; a hostile one must not fill the database.
constexpr std::size_t kMaxValues = 100;
constexpr double kMaxBpm = 999;
// ReplayGain beyond this is a broken tag.
constexpr double kMaxGainDb = 60;
constexpr double kMaxPeak = 100;
// R128 tags count 1/256 dB from -23 LUFS, ReplayGain from -18 LUFS.
constexpr double kR128Step = 256;
constexpr double kR128ToReplayGainDb = 5;

using Keys = std::initializer_list<const char*>;

/// The values of the first of `keys` that has one.
std::vector<std::string> valuesOf(const Fields& fields, Keys keys) {
    std::vector<std::string> values;
    for (const char* key : keys) {
        const auto found = fields.find(key);
        if (found == fields.end())
            continue;
        for (const std::string& value : found->second) {
            std::string clean = cleanTag(value);
            if (!clean.empty() && values.size() < kMaxValues)
                values.push_back(std::move(clean));
        }
        if (!values.empty())
            break;
    }
    return values;
}

/// All values as one text for people.
std::string joined(const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values)
        if (text.size() < kMaxTagBytes)
            text += (text.empty() ? "" : "; ") + value;
    return cleanTag(text);
}

std::string textOf(const Fields& fields, Keys keys) {
    return joined(valuesOf(fields, keys));
}

std::string firstOf(const Fields& fields, Keys keys) {
    auto values = valuesOf(fields, keys);
    return values.empty() ? std::string() : std::move(values.front());
}

/// The number that `text` starts with ("3/12" is 3); 0 when there is none in 0 .. `max`.
int numberIn(std::string_view text, int max) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && number >= 0 && number <= max ? number : 0;
}

/// The 12 of "3/12", else what `keys` say.
int totalOf(const Fields& fields, const char* numberKey, Keys keys) {
    const std::string number = firstOf(fields, {numberKey});
    const auto slash = number.find('/');
    const int total = slash == std::string::npos
                          ? 0
                          : numberIn(std::string_view(number).substr(slash + 1), kMaxNumber);
    return total != 0 ? total : numberIn(firstOf(fields, keys), kMaxNumber);
}

std::optional<double> realIn(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

/// YYYY, YYYY-MM or YYYY-MM-DD, as far as `text` is one; empty: not even a year.
std::string dateIn(std::string_view text) {
    const auto digits = [text](std::size_t at, std::size_t count) {
        return text.size() >= at + count &&
               std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at),
                           text.begin() + static_cast<std::ptrdiff_t>(at + count),
                           [](char c) { return c >= '0' && c <= '9'; });
    };
    if (!digits(0, 4) || digits(4, 1) || text.substr(0, 4) == "0000")
        return {};
    std::size_t length = 4;
    for (; length < 10; length += 3) {
        const int most = length == 4 ? 12 : 31;
        if (text.size() <= length || text[length] != '-' || !digits(length + 1, 2))
            break;
        const int part = numberIn(text.substr(length + 1, 2), most);
        if (part == 0)
            break;
    }
    return std::string(text.substr(0, length));
}

std::string dateOf(const Fields& fields, Keys keys) {
    return dateIn(firstOf(fields, keys));
}

/// A MusicBrainz id, in lower case; empty when it is none.
std::string uuidIn(std::string_view text) {
    constexpr std::size_t kLength = 36;
    if (text.size() != kLength)
        return {};
    std::string id(text);
    for (std::size_t i = 0; i < kLength; ++i) {
        char& c = id[i];
        c = c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (dash ? c != '-' : !hex)
            return {};
    }
    return id;
}

std::string uuidOf(const Fields& fields, const char* key) {
    return uuidIn(firstOf(fields, {key}));
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
    std::vector<std::string> parts;
    for (;;) {
        const auto end = text.find(separator);
        std::string part = cleanTag(text.substr(0, end));
        if (!part.empty() && parts.size() < kMaxValues)
            parts.push_back(std::move(part));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + separator.size());
    }
}

std::vector<std::string> splitAll(const std::vector<std::string>& values, std::string_view at) {
    std::vector<std::string> all;
    for (const std::string& value : values)
        for (std::string& part : split(value, at))
            if (all.size() < kMaxValues)
                all.push_back(std::move(part));
    return all;
}

/// "A feat. B" are two. The names before and after; one when nobody is featured.
std::vector<std::string> splitFeatured(const std::string& name) {
    const std::string folded = foldCase(name);
    if (folded.size() != name.size()) // the places would not agree
        return {name};
    for (const std::string_view mark : {" feat. ", " feat ", " ft. ", " featuring ", " (feat. "}) {
        const auto at = folded.find(mark);
        if (at == std::string::npos || at == 0)
            continue;
        std::string guest = name.substr(at + mark.size());
        if (mark.find('(') != std::string_view::npos && guest.ends_with(')'))
            guest.pop_back();
        return {cleanTag(name.substr(0, at)), cleanTag(guest)};
    }
    return {name};
}

struct CreditKeys {
    ArtistRole role;
    Keys listKeys; ///< one name in each value
    Keys textKeys; ///< as it is shown
    Keys sortKeys;
    const char* idKey;
};

/// Names of one role, one by one.
std::vector<std::string> namesOf(const Fields& fields, const CreditKeys& keys, Lists lists,
                                 std::size_t numIds) {
    const auto oneByOne = [lists, numIds](std::vector<std::string> values) {
        if (lists == Lists::Separate || values.size() > 1)
            return values;
        // As many ids as there are names between the slashes leave no doubt.
        auto parts = splitAll(values, "/");
        return parts.size() > 1 && parts.size() == numIds ? parts : splitAll(values, " / ");
    };
    if (auto listed = oneByOne(valuesOf(fields, keys.listKeys)); !listed.empty())
        return listed;
    auto values = oneByOne(valuesOf(fields, keys.textKeys));
    if (values.size() != 1)
        return values;
    return splitFeatured(values.front());
}

void addCredits(Tags& tags, const Fields& fields, const CreditKeys& keys, Lists lists) {
    std::vector<std::string> ids;
    if (keys.idKey)
        ids = splitAll(valuesOf(fields, {keys.idKey}), "/");
    const auto names = namesOf(fields, keys, lists, ids.size());
    const auto sortNames = valuesOf(fields, keys.sortKeys);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string identity = identityOf(names[i]);
        const bool known =
            std::any_of(tags.credits.begin(), tags.credits.end(), [&](const Credit& credit) {
                return credit.role == keys.role && identityOf(credit.name) == identity;
            });
        if (identity.empty() || known)
            continue;
        tags.credits.push_back({keys.role, names[i],
                                sortNames.size() == names.size() ? sortNames[i] : std::string(),
                                ids.size() == names.size() ? uuidIn(ids[i]) : std::string()});
    }
}

/// "PERFORMER:GUITAR" and the like: who plays what, by names alone.
void addPerformers(Tags& tags, const Fields& fields, Lists lists) {
    constexpr std::string_view kPrefix = "PERFORMER:";
    Fields performers;
    auto& names = performers["PERFORMER"];
    for (const auto& [key, values] : fields)
        if (key == "PERFORMER" || key.starts_with(kPrefix))
            names.insert(names.end(), values.begin(), values.end());
    addCredits(tags, performers, {ArtistRole::Performer, {}, {"PERFORMER"}, {}, nullptr}, lists);
}

void fillCredits(Tags& tags, const Fields& fields, Lists lists) {
    using enum ArtistRole;
    const std::array<CreditKeys, 10> all{{
        {Artist, {"ARTISTS"}, {"ARTIST"}, {"ARTISTSORT", "ARTISTSSORT"}, "MUSICBRAINZ_ARTISTID"},
        {AlbumArtist,
         {"ALBUMARTISTS"},
         {"ALBUMARTIST", "ALBUM ARTIST"},
         {"ALBUMARTISTSORT", "ALBUMARTISTSSORT"},
         "MUSICBRAINZ_ALBUMARTISTID"},
        {Composer, {}, {"COMPOSER"}, {"COMPOSERSORT"}, nullptr},
        {Lyricist, {}, {"LYRICIST", "WRITER"}, {}, nullptr},
        {Conductor, {}, {"CONDUCTOR"}, {}, nullptr},
        {Remixer, {}, {"REMIXER", "MIXARTIST"}, {}, nullptr},
        {Arranger, {}, {"ARRANGER"}, {}, nullptr},
        {Producer, {}, {"PRODUCER"}, {}, nullptr},
        {Engineer, {}, {"ENGINEER"}, {}, nullptr},
        {Mixer, {}, {"MIXER", "DJMIXER"}, {}, nullptr},
    }};
    for (const CreditKeys& keys : all)
        addCredits(tags, fields, keys, lists);
    addPerformers(tags, fields, lists);
}

void fillGenres(Tags& tags, const Fields& fields, Lists lists) {
    auto genres = valuesOf(fields, {"GENRE"});
    if (lists == Lists::Slashes)
        genres = splitAll(genres, "/");
    genres = splitAll(genres, ";");
    for (std::string& genre : genres) {
        const std::string identity = identityOf(genre);
        const bool known = std::any_of(tags.genres.begin(), tags.genres.end(),
                                       [&](const auto& g) { return identityOf(g) == identity; });
        if (!known && !identity.empty())
            tags.genres.push_back(std::move(genre));
    }
}

std::optional<double> within(std::optional<double> value, double least, double most) {
    return value && *value >= least && *value <= most ? value : std::nullopt;
}

std::optional<double> gainOf(const Fields& fields, Keys keys, const char* r128Key) {
    if (const auto gain = realIn(firstOf(fields, keys)))
        return within(gain, -kMaxGainDb, kMaxGainDb);
    const auto steps = realIn(firstOf(fields, {r128Key}));
    if (!steps)
        return std::nullopt;
    return within(*steps / kR128Step + kR128ToReplayGainDb, -kMaxGainDb, kMaxGainDb);
}

void fillDates(Tags& tags, const Fields& fields) {
    tags.year = numberIn(firstOf(fields, {"DATE", "YEAR"}), kMaxYear);
    tags.releaseDate = dateOf(fields, {"RELEASEDATE", "DATE", "YEAR"});
    tags.originalDate = dateOf(fields, {"ORIGINALDATE", "ORIGINALYEAR"});
}

void fillLoudness(Tags& tags, const Fields& fields) {
    tags.replayGain.trackGainDb = gainOf(fields, {"REPLAYGAIN_TRACK_GAIN"}, "R128_TRACK_GAIN");
    tags.replayGain.albumGainDb = gainOf(fields, {"REPLAYGAIN_ALBUM_GAIN"}, "R128_ALBUM_GAIN");
    tags.replayGain.trackPeakLinear =
        within(realIn(firstOf(fields, {"REPLAYGAIN_TRACK_PEAK"})), 0, kMaxPeak);
    tags.replayGain.albumPeakLinear =
        within(realIn(firstOf(fields, {"REPLAYGAIN_ALBUM_PEAK"})), 0, kMaxPeak);
}

} // namespace

void fillTags(Tags& tags, const Fields& fields, Lists lists, std::string_view fileName) {
    tags.title = textOf(fields, {"TITLE"});
    if (tags.title.empty()) // of the file's name, what there is to show
        tags.title =
            cleanTag(displayText(std::filesystem::path(std::string(fileName)).stem().native()));
    if (tags.title.empty())
        tags.title = cleanTag(displayText(fileName));
    tags.artist = textOf(fields, {"ARTIST", "ARTISTS"});
    tags.album = textOf(fields, {"ALBUM"});
    tags.albumArtist = textOf(fields, {"ALBUMARTIST", "ALBUM ARTIST", "ALBUMARTISTS"});
    tags.genre = textOf(fields, {"GENRE"});
    tags.titleSort = firstOf(fields, {"TITLESORT"});
    tags.albumSort = firstOf(fields, {"ALBUMSORT"});
    tags.comment = firstOf(fields, {"COMMENT", "DESCRIPTION"});
    tags.discSubtitle = firstOf(fields, {"DISCSUBTITLE", "SETSUBTITLE"});
    tags.trackNumber = numberIn(firstOf(fields, {"TRACKNUMBER"}), kMaxNumber);
    tags.discNumber = numberIn(firstOf(fields, {"DISCNUMBER"}), kMaxNumber);
    tags.trackTotal = totalOf(fields, "TRACKNUMBER", {"TRACKTOTAL", "TOTALTRACKS"});
    tags.discTotal = totalOf(fields, "DISCNUMBER", {"DISCTOTAL", "TOTALDISCS"});
    tags.compilation = numberIn(firstOf(fields, {"COMPILATION", "ITUNESCOMPILATION"}), 1) != 0;
    tags.bpm = within(realIn(firstOf(fields, {"BPM", "TEMPO"})), 1, kMaxBpm).value_or(0);
    tags.musicBrainz = {
        uuidOf(fields, "MUSICBRAINZ_TRACKID"), uuidOf(fields, "MUSICBRAINZ_RELEASETRACKID"),
        uuidOf(fields, "MUSICBRAINZ_ALBUMID"), uuidOf(fields, "MUSICBRAINZ_RELEASEGROUPID")};
    fillDates(tags, fields);
    fillLoudness(tags, fields);
    fillCredits(tags, fields, lists);
    fillGenres(tags, fields, lists);
}

} // namespace segue::library
