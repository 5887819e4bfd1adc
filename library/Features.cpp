// Where features are kept. They belong to a content, as analyses do, and are forgotten with them.
// Any thread.

#include "library/Features.h"

#include <algorithm>
#include <bit>
#include <string>

#include "library/AnalysisTable.h"
#include "library/Text.h"

namespace segue::library {

namespace {

static_assert(std::endian::native == std::endian::little, "vectors are stored as they are");

std::string blobOf(const std::vector<float>& vector) {
    std::string blob(vector.size() * sizeof(float), '\0');
    std::copy_n(reinterpret_cast<const char*>(vector.data()), blob.size(), blob.data());
    return blob;
}

void readVector(const Statement& row, int column, std::vector<float>& vector) {
    const std::string blob = row.blobAt(column);
    vector.resize(blob.size() / sizeof(float));
    std::copy_n(blob.data(), vector.size() * sizeof(float), reinterpret_cast<char*>(vector.data()));
}

void bindOptional(Statement& statement, int index, const std::optional<double>& value) {
    if (value)
        statement.bindReal(index, *value);
    else
        statement.bindNull(index);
}

/// Never 0.
std::uint64_t keyOf(const std::string& first, const std::string& second) {
    return std::hash<std::string>()(foldCase(first) + '\x1F' + foldCase(second)) | 1U;
}

TrackFeatures featuresAt(const Statement& row) {
    TrackFeatures features;
    features.track = row.intAt(0);
    readVector(row, 1, features.vector);
    features.album = static_cast<std::uint64_t>(row.intAt(2));
    const std::string artist = row.textAt(3);
    const std::string title = row.textAt(4);
    const std::string recording = row.textAt(5);
    if (!recording.empty())
        features.recording = keyOf("", recording);
    else if (!artist.empty() && !title.empty())
        features.recording = keyOf(artist, title);
    else
        features.recording = std::hash<std::string>()(row.blobAt(6)) | 1U;
    return features;
}

} // namespace

Result<void> Features::put(std::uint32_t version, std::span<const ContentFeatures> features) {
    return access_.write([&](Connection& connection) -> Result<void> {
        Statement put = connection.prepare(
            "INSERT OR REPLACE INTO feature (content, version, vector, bpm, pulse, "
            "integrated_lufs, loudness_range_lu, true_peak_dbtp, crest_factor_db) VALUES (?1, ?2, "
            "?3, ?4, ?5, ?6, ?7, ?8, ?9)");
        for (const ContentFeatures& one : features) {
            put.bindBlob(1, library::blobOf(one.content))
                .bindInt(2, version)
                .bindBlob(3, blobOf(one.vector));
            bindOptional(put, 4, one.bpm);
            bindOptional(put, 5, one.pulse);
            put.bindReal(6, one.integratedLufs)
                .bindReal(7, one.loudnessRangeLu)
                .bindReal(8, one.truePeakDbtp)
                .bindReal(9, one.crestFactorDb);
            if (auto done = put.run(); !done)
                return done;
        }
        return {};
    });
}

Result<std::vector<Hash128>> Features::lacking(std::uint32_t analysisVersion, std::uint32_t version,
                                               const std::optional<Hash128>& after,
                                               int limit) const {
    return access_.read([&](Connection& connection) {
        Statement select = connection.prepare(
            "SELECT content FROM analysis WHERE content > ?1 AND version = ?2 AND kind = 0 AND NOT "
            "EXISTS (SELECT 1 FROM feature WHERE feature.content = analysis.content AND "
            "feature.version = ?3) ORDER BY content LIMIT ?4");
        select.bindBlob(1, after ? library::blobOf(*after) : "")
            .bindInt(2, analysisVersion)
            .bindInt(3, version)
            .bindInt(4, limit);
        return contentsOf(select);
    });
}

Result<Features::News> Features::analysedSince(std::uint32_t analysisVersion, std::int64_t mark,
                                               int limit) const {
    return access_.read([&](Connection& connection) -> Result<News> {
        Statement select = connection.prepare(
            "SELECT content, rowid, version, kind FROM analysis WHERE rowid > ?1 ORDER BY rowid "
            "LIMIT ?2");
        select.bindInt(1, mark).bindInt(2, limit);
        News news{{}, mark};
        for (;;) {
            const auto row = select.step();
            if (!row)
                return fail(row.error());
            if (!*row)
                return news;
            news.mark = select.intAt(1);
            if (select.intAt(2) != analysisVersion || select.intAt(3) != 0)
                continue;
            if (const auto content = hashOfBlob(select.blobAt(0)))
                news.contents.push_back(*content);
        }
    });
}

Result<std::int64_t> Features::mark() const {
    return access_.read([](Connection& connection) {
        return connection.queryInt("SELECT coalesce(max(rowid), 0) FROM analysis");
    });
}

Result<void> Features::forEachTrack(std::uint32_t version,
                                    const std::function<void(const TrackFeatures&)>& take) const {
    return access_.read([&](Connection& connection) -> Result<void> {
        Statement select = connection.prepare(
            "SELECT track.id, vector, coalesce(album_id, 0), artist, title, mb_recording, "
            "feature.content FROM feature JOIN track ON track.content = feature.content WHERE "
            "version = ?1 AND length(vector) > 0 AND shown = 1");
        select.bindInt(1, version);
        for (;;) {
            const auto row = select.step();
            if (!row)
                return fail(row.error());
            if (!*row)
                return {};
            take(featuresAt(select));
        }
    });
}

Result<std::int64_t> Features::count(std::uint32_t version) const {
    return access_.read([&](Connection& connection) {
        return connection.queryInt("SELECT count(*) FROM feature WHERE version = " +
                                   std::to_string(version));
    });
}

} // namespace segue::library
