// Files that would cost a scan more than they are worth: what it reads of them is bounded, and the
// rest of the library is there whatever they are. Large ones are sparse and take no room.

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>

#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

namespace fs = std::filesystem;
using test::writeAudio;
using test::writeBytes;
using test::writeTags;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::int64_t kMb = 1'000'000;

/// Bytes that this process has read, from files and otherwise.
std::int64_t bytesRead() {
    std::ifstream io("/proc/self/io");
    std::string name;
    std::int64_t count = 0;
    io >> name >> count;
    EXPECT_EQ(name, "rchar:");
    return count;
}

void lengthen(const fs::path& path, std::int64_t bytes) {
    ASSERT_EQ(::truncate(path.c_str(), bytes), 0) << path;
}

/// Four bytes that hold `value` as ID3 sizes do, seven bits each.
std::string syncSafe(std::uint32_t value) {
    std::string bytes;
    for (const int shift : {21, 14, 7, 0})
        bytes += static_cast<char>(value >> shift & 127);
    return bytes;
}

std::string bigEndian(std::uint32_t value, int numBytes) {
    std::string bytes;
    for (int i = numBytes - 1; i >= 0; --i)
        bytes += static_cast<char>(value >> 8 * i & 255);
    return bytes;
}

std::string littleEndian(std::uint32_t value) {
    const std::string bytes = bigEndian(value, 4);
    return {bytes.rbegin(), bytes.rend()};
}

class HostileFilesTest : public test::LibraryTest {
  protected:
    HostileFilesTest() { writeAudio(root / "good.wav"); }

    /// Scans, and holds what that may read.
    ScanReport scanReading(Library& library, std::int64_t atMost) {
        const std::int64_t before = bytesRead();
        ScanReport report = scan(library);
        EXPECT_LE(bytesRead() - before, atMost);
        return report;
    }
};

TEST_F(HostileFilesTest, HugeOnesAreNotReadToTheirEnd) {
    for (const char* name : {"zeros.flac", "zeros.mp3", "zeros.wav", "zeros.m4a", "zeros.dsf"}) {
        writeBytes(root / name, "");
        lengthen(root / name, 5000 * kMb);
    }
    // A recording of three hours, as good as any.
    constexpr std::uint32_t kData = 1'905'120'000;
    std::string header = "RIFF" + littleEndian(kData + 36) + "WAVEfmt " + littleEndian(16);
    header += std::string("\1\0\2\0", 4) + littleEndian(44'100) + littleEndian(176'400);
    header += std::string("\4\0\20\0", 4) + "data" + littleEndian(kData);
    writeBytes(root / "long.wav", header);
    lengthen(root / "long.wav", std::int64_t{kData} + 44);
    const auto library = open();
    const ScanReport report = scanReading(*library, 200 * kMb);
    EXPECT_THAT(report.problems, SizeIs(5));
    EXPECT_THAT(titles(*library), UnorderedElementsAre("good", "long"));
    EXPECT_DOUBLE_EQ(library->track(idOf(*library, root / "long.wav"))->durationSeconds, 10'800);
}

TEST_F(HostileFilesTest, TagsOfAHundredMegabytesCostWhatIsAllowed) {
    // ID3: one text of 100 MB before the music.
    writeAudio(root / "plain.mp3", 1, 48'000, 48'000);
    const std::string music = test::readBytes(root / "plain.mp3");
    constexpr std::uint32_t kText = 100'000'000;
    writeBytes(root / "id3.mp3", std::string("ID3\4\0\0", 6) + syncSafe(kText + 10) + "TIT2" +
                                     syncSafe(kText) + std::string("\0\0\3", 3));
    lengthen(root / "id3.mp3", kText + 20);
    std::ofstream(root / "id3.mp3", std::ios::binary | std::ios::app) << music;
    // FLAC: six pictures of 16 MB and a comment that says to have a line of 2 GB.
    writeAudio(root / "plain.flac");
    const std::string flac = test::readBytes(root / "plain.flac");
    const std::string stream = flac.substr(0, 4 + 4 + 34);
    writeBytes(root / "pictures.flac", stream);
    ASSERT_EQ(static_cast<unsigned char>(stream[4]) & 0x7F, 0) << "STREAMINFO comes first";
    std::int64_t size = static_cast<std::int64_t>(stream.size());
    constexpr std::uint32_t kMostOfBlock = (1U << 24) - 1;
    for (int i = 0; i < 6; ++i) {
        std::ofstream(root / "pictures.flac", std::ios::binary | std::ios::app)
            << '\6' << bigEndian(kMostOfBlock, 3);
        size += 4 + std::int64_t{kMostOfBlock};
        lengthen(root / "pictures.flac", size);
    }
    const std::string comment =
        littleEndian(5) + "segue" + littleEndian(1) + littleEndian(0x7FFF'FFFF) + "TITLE=x";
    std::ofstream(root / "pictures.flac", std::ios::binary | std::ios::app)
        << '\x84' << bigEndian(static_cast<std::uint32_t>(comment.size()), 3) << comment
        << flac.substr(flac.size() / 2);
    const auto library = open();
    scanReading(*library, 200 * kMb);
    for (const Track& track : list(*library))
        EXPECT_LE(track.title.size(), std::size_t{1} << 20) << track.path;
    for (const char* name : {"good.wav", "plain.mp3", "plain.flac"})
        EXPECT_NE(idOf(*library, root / name), 0) << name;
}

TEST_F(HostileFilesTest, AFileThatChangesDuringScansIsRightInTheEnd) {
    const fs::path file = root / "restless.flac";
    writeAudio(file);
    const auto library = open();
    std::atomic<bool> stop{false};
    std::thread scanner([&] {
        while (!stop)
            scan(*library);
    });
    for (int i = 0; i < 200; ++i) { // in place: a scan may meet any half of it
        writeAudio(file, i, 800 + i);
        writeTags(file, {{"TITLE", "number " + std::to_string(i)}});
    }
    stop = true;
    scanner.join();
    EXPECT_THAT(scan(*library).problems, IsEmpty());
    EXPECT_THAT(titles(*library), UnorderedElementsAre("good", "number 199"));
    EXPECT_EQ(library->trackCount(), 2);
}

} // namespace
} // namespace segue::library
