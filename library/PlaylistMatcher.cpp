// From the lines of other programs' playlists to tracks. First by name, which costs a look-up each;
// then, for what is left, one walk over the tracks, with the lines in hash tables, so that a long
// playlist of another machine costs no more than a short one. Any thread.

#include "library/PlaylistMatcher.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>

#include "library/Text.h"
#include "library/TrackTable.h"

namespace segue::library {

namespace {

namespace fs = std::filesystem;

/// Players round to seconds, and count differently what an encoder has put before and after.
constexpr double kSameLengthSeconds = 3;
/// The last name and its folder: by the last name alone "01.mp3" would be anything.
constexpr int kLeastCommonParts = 2;

/// What the bytes of a name may stand for: themselves, Latin-1, another system's separators.
std::vector<std::string> readingsOf(const std::string& path) {
    std::vector<std::string> readings{path};
    if (!isUtf8(path)) {
        std::string utf8;
        for (const char c : path) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte < 0x80)
                utf8 += c;
            else
                utf8.append({static_cast<char>(0xC0U | byte >> 6U),
                             static_cast<char>(0x80U | (byte & 0x3FU))});
        }
        readings.push_back(std::move(utf8));
    }
    for (std::size_t i = readings.size(); i-- > 0;) {
        std::string slashes = readings[i];
        std::replace(slashes.begin(), slashes.end(), '\\', '/');
        if (slashes != readings[i])
            readings.push_back(std::move(slashes));
    }
    return readings;
}

/// The absolute names that a line may mean.
std::vector<std::string> namesOf(const PlaylistLine& line, const std::vector<std::string>& bases) {
    std::vector<std::string> names;
    for (const std::string& reading : readingsOf(line.path)) {
        if (reading.starts_with('/')) {
            names.push_back(fs::path(reading).lexically_normal());
            continue;
        }
        for (const std::string& base : bases)
            names.push_back((fs::path(base) / reading).lexically_normal());
    }
    return names;
}

Result<TrackId> trackNamed(Connection& connection, const std::string& path) {
    Statement select = connection.prepare("SELECT id FROM track WHERE path = ?1");
    const auto row = select.bindBlob(1, path).step();
    if (!row)
        return fail(row.error());
    return *row ? select.intAt(0) : 0;
}

std::vector<std::string_view> partsOf(std::string_view path) {
    std::vector<std::string_view> parts; // the last one first
    while (!path.empty()) {
        const std::size_t slash = path.rfind('/');
        const std::size_t from = slash == std::string_view::npos ? 0 : slash + 1;
        if (const std::string_view part = path.substr(from); !part.empty() && part != ".")
            parts.push_back(part);
        path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
    }
    return parts;
}

std::string tagKey(std::string_view artist, std::string_view title) {
    return foldCase(artist) + '\x1F' + foldCase(title);
}

/// What the walk over the tracks has found for a line so far.
struct Candidate {
    TrackId track = 0;
    int commonParts = 0;
    bool unique = true;
    TrackId sameTags = 0;
    double lengthOff = std::numeric_limits<double>::infinity();
};

/// The lines that no name has found, by what a track may share with them.
class Unmatched {
  public:
    Unmatched(std::span<const PlaylistLine> lines, const std::vector<MatchedLine>& matched)
        : lines_(lines), candidates_(lines.size()), readings_(lines.size()) {
        for (std::size_t i = 0; i < lines.size(); ++i) {
            if (matched[i].by != PlaylistMatch::None)
                continue;
            if (!lines[i].path.empty())
                readings_[i] = readingsOf(lines[i].path);
            for (const std::string& reading : readings_[i])
                if (const auto parts = partsOf(reading); !parts.empty())
                    byName_[std::string(parts.front())].push_back({i, parts});
            if (!lines[i].artist.empty() && !lines[i].title.empty())
                byTags_[tagKey(lines[i].artist, lines[i].title)].push_back(i);
        }
    }
    bool empty() const { return byName_.empty() && byTags_.empty(); }

    void lookAt(const Statement& row) {
        const std::string path = row.blobAt(1);
        const auto parts = partsOf(path);
        if (parts.empty())
            return;
        const TrackId id = row.intAt(0);
        if (const auto named = byName_.find(std::string(parts.front())); named != byName_.end())
            for (const Reading& reading : named->second)
                compareNames(id, parts, reading);
        if (byTags_.empty())
            return;
        const auto tagged = byTags_.find(tagKey(row.textAt(2), row.textAt(3)));
        if (tagged == byTags_.end())
            return;
        for (const std::size_t line : tagged->second)
            compareLength(id, row.realAt(4), line);
    }

    MatchedLine resultOf(std::size_t line) const {
        const Candidate& found = candidates_[line];
        if (found.track != 0 && found.unique)
            return {PlaylistMatch::PathEnd, found.track};
        if (found.sameTags != 0)
            return {PlaylistMatch::Tags, found.sameTags};
        return {};
    }

  private:
    struct Reading {
        std::size_t line;
        std::vector<std::string_view> parts; ///< of a text in readings_
    };

    void compareNames(TrackId id, const std::vector<std::string_view>& parts,
                      const Reading& reading) {
        const auto differ =
            std::mismatch(parts.begin(), parts.end(), reading.parts.begin(), reading.parts.end());
        const auto common = static_cast<int>(differ.first - parts.begin());
        if (common < kLeastCommonParts && static_cast<std::size_t>(common) < reading.parts.size())
            return;
        Candidate& found = candidates_[reading.line];
        if (common == found.commonParts && id != found.track)
            found.unique = false;
        if (common <= found.commonParts)
            return;
        found.track = id;
        found.commonParts = common;
        found.unique = true;
    }

    void compareLength(TrackId id, double seconds, std::size_t line) {
        const double said = lines_[line].seconds;
        const double off = said > 0 && seconds > 0 ? std::abs(said - seconds) : 0;
        Candidate& found = candidates_[line];
        if (off > kSameLengthSeconds || off >= found.lengthOff)
            return;
        found.sameTags = id;
        found.lengthOff = off;
    }

    std::span<const PlaylistLine> lines_;
    std::vector<Candidate> candidates_;
    std::vector<std::vector<std::string>> readings_;
    std::unordered_map<std::string, std::vector<Reading>> byName_;
    std::unordered_map<std::string, std::vector<std::size_t>> byTags_;
};

Result<void> matchByNames(Connection& connection, std::span<const PlaylistLine> lines,
                          const std::vector<std::string>& bases,
                          std::vector<MatchedLine>& matched) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].path.empty())
            continue;
        for (const std::string& name : namesOf(lines[i], bases)) {
            const auto track = trackNamed(connection, name);
            if (!track)
                return fail(track.error());
            if (*track == 0)
                continue;
            matched[i] = {PlaylistMatch::Path, *track};
            break;
        }
    }
    return {};
}

Result<void> matchTheRest(Connection& connection, std::span<const PlaylistLine> lines,
                          std::vector<MatchedLine>& matched) {
    Unmatched rest(lines, matched);
    if (rest.empty())
        return {};
    // Present tracks first, so that of two that are equally near a present one is taken.
    Statement walk = connection.prepare(
        "SELECT id, path, artist, title, duration_s FROM track ORDER BY missing, id");
    for (;;) {
        const auto row = walk.step();
        if (!row)
            return fail(row.error());
        if (!*row)
            break;
        rest.lookAt(walk);
    }
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (matched[i].by == PlaylistMatch::None)
            matched[i] = rest.resultOf(i);
    return {};
}

} // namespace

Result<std::vector<MatchedLine>> matchPlaylist(const DatabaseAccess& access,
                                               std::span<const PlaylistLine> lines,
                                               const std::optional<fs::path>& folder) {
    return access.readAtOnce([&](Connection& connection) -> Result<std::vector<MatchedLine>> {
        auto bases = rootPaths(connection, access.roots());
        if (!bases)
            return fail(bases.error());
        if (folder)
            bases->insert(bases->begin(), folder->native());
        std::vector<MatchedLine> matched(lines.size());
        if (auto done = matchByNames(connection, lines, *bases, matched); !done)
            return fail(done.error());
        if (auto done = matchTheRest(connection, lines, matched); !done)
            return fail(done.error());
        return matched;
    });
}

} // namespace segue::library
