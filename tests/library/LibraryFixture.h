#pragma once

#include <atomic>
#include <cmath>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sndfile.h>
#include <taglib/fileref.h>
#include <taglib/tpropertymap.h>

#include "library/Library.h"
#include "tests/support/TempDir.h"

namespace segue::library::test {

namespace fs = std::filesystem;

/// Nothing when it succeeded: error() of a success is undefined.
template <typename T>
std::optional<ErrorCode> errorOf(const Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error().code);
}

/// A short valid audio file in the format of its extension; another `seed` gives other samples, in
/// a file of the same size for PCM.
inline void writeAudio(const fs::path& path, int seed = 1, int numFrames = 800,
                       int sampleRateHz = 8000, int numChannels = 1) {
    const std::string extension = path.extension();
    const std::map<std::string, int> formats{{".wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16},
                                             {".flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
                                             {".ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
                                             {".opus", SF_FORMAT_OGG | SF_FORMAT_OPUS},
                                             {".aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16},
                                             {".mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III},
                                             {".rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16}};
    const auto format = formats.find(extension);
    SF_INFO info{};
    info.samplerate = sampleRateHz;
    info.channels = numChannels;
    info.format = format == formats.end() ? formats.at(".wav") : format->second;
    fs::create_directories(path.parent_path());
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    ASSERT_NE(file, nullptr) << sf_strerror(nullptr);
    std::vector<float> samples(static_cast<std::size_t>(numFrames * numChannels));
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = 0.3f * static_cast<float>(std::sin(0.01 * seed * static_cast<double>(i)));
    EXPECT_EQ(sf_writef_float(file, samples.data(), numFrames), numFrames);
    EXPECT_EQ(sf_close(file), 0);
}

using Properties = std::vector<std::pair<std::string, std::string>>;

inline void writeTags(const fs::path& path, const Properties& properties) {
    TagLib::FileRef file(path.c_str());
    ASSERT_FALSE(file.isNull());
    TagLib::PropertyMap map;
    for (const auto& [key, value] : properties)
        map[key].append(TagLib::String(value, TagLib::String::UTF8));
    file.file()->setProperties(map);
    ASSERT_TRUE(file.save());
}

inline void writeBytes(const fs::path& path, std::string_view bytes) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string readBytes(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Makes `bytes` the content of the file and restores its modification time; of all that stat()
/// says only the change time tells.
inline void editKeepingTime(const fs::path& path, std::string_view bytes) {
    const auto before = stampOf(path);
    ASSERT_TRUE(before);
    const timespec times[2] = {
        {0, UTIME_OMIT}, {before->modifiedNs / 1'000'000'000, before->modifiedNs % 1'000'000'000}};
    // The kernel's clock ticks every few milliseconds: write until the change time has moved.
    for (int i = 0; i < 100'000 && stampOf(path)->changedNs == before->changedNs; ++i) {
        writeBytes(path, bytes);
        ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    }
    ASSERT_EQ(stampOf(path)->modifiedNs, before->modifiedNs);
    ASSERT_EQ(stampOf(path)->sizeBytes, before->sizeBytes);
    ASSERT_NE(stampOf(path)->changedNs, before->changedNs);
}

/// Drops root's right to read everything for as long as it lives; files made meanwhile belong to
/// somebody else.
class WithoutPrivileges {
  public:
    WithoutPrivileges() : wasRoot_(::geteuid() == 0) {
        dropped_ = !wasRoot_ || ::seteuid(65534) == 0;
    }
    ~WithoutPrivileges() {
        if (wasRoot_ && ::seteuid(0) != 0)
            std::abort();
    }
    WithoutPrivileges(const WithoutPrivileges&) = delete;
    WithoutPrivileges& operator=(const WithoutPrivileges&) = delete;
    bool dropped() const { return dropped_; }

  private:
    bool wasRoot_;
    bool dropped_ = false;
};

class LibraryTest : public ::testing::Test {
  protected:
    std::unique_ptr<Library> open(const std::vector<fs::path>& roots) {
        auto library = Library::open(database, roots);
        if (!library)
            ADD_FAILURE() << library.error().message;
        return library ? std::move(*library) : nullptr;
    }
    std::unique_ptr<Library> open() { return open({root}); }

    static ScanReport scan(Library& library) {
        const std::atomic<bool> cancel{false};
        auto report = library.scan({}, cancel);
        if (!report)
            ADD_FAILURE() << report.error().message;
        return report.value_or(ScanReport{});
    }

    static std::vector<Track> list(const Library& library, const std::string& search = {}) {
        auto tracks = library.tracks({search, 0, 1000});
        if (!tracks)
            ADD_FAILURE() << tracks.error().message;
        return tracks.value_or(std::vector<Track>{});
    }

    static std::vector<std::string> titles(const Library& library, const std::string& search = {}) {
        std::vector<std::string> all;
        for (const Track& track : list(library, search))
            all.push_back(track.title);
        return all;
    }

    /// The id of the present track at `path`; 0: none.
    static TrackId idOf(const Library& library, const fs::path& path) {
        for (const Track& track : list(library))
            if (track.path == path)
                return track.id;
        return 0;
    }

    const segue::test::TempDir dir;
    const fs::path root = dir.path() / "music";
    const fs::path database = dir.path() / "data" / "library.db";
};

} // namespace segue::library::test
