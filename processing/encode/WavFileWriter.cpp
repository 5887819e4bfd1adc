// WAV, as the server streams it. The kernel gets it in large pieces that begin on page borders:
// of small ones that do not, it clears every page's rest first. Runs on the thread that appends.

#include "processing/encode/WavFileWriter.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "processing/encode/WavHeader.h"

namespace segue::encode {

namespace {

constexpr std::size_t kPieceBytes = 256 << 10;

} // namespace

Result<std::unique_ptr<WavFileWriter>> WavFileWriter::create(const std::filesystem::path& path,
                                                             const StreamFormat& format,
                                                             std::int64_t numFrames,
                                                             Overwrite overwrite) {
    auto file = NewFile::create(path, overwrite);
    if (!file)
        return fail(file.error());
    std::unique_ptr<WavFileWriter> writer(
        new WavFileWriter(std::move(*file), wavTrailerBytes(format, numFrames)));
    if (auto written = writer->append(wavHeader(format, numFrames)); !written)
        return fail(written.error());
    return writer;
}

WavFileWriter::WavFileWriter(NewFile file, std::int64_t trailerBytes)
    : AudioFileWriter(std::move(file)), trailerBytes_(trailerBytes) {
    pending_.reserve(kPieceBytes);
}

Result<void> WavFileWriter::append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), kPieceBytes - pending_.size()));
        pending_.insert(pending_.end(), piece.begin(), piece.end());
        bytes = bytes.subspan(piece.size());
        if (pending_.size() == kPieceBytes)
            if (auto flushed = flush(); !flushed)
                return flushed;
    }
    return {};
}

Result<void> WavFileWriter::flush() {
    auto written = file_.write(pending_);
    pending_.clear();
    return written;
}

Result<void> WavFileWriter::complete() {
    const std::array<std::byte, 1> zero{};
    if (auto appended = append(std::span(zero).first(static_cast<std::size_t>(trailerBytes_)));
        !appended)
        return appended;
    return flush();
}

} // namespace segue::encode
