// WAV, as the server streams it. Written through a plain descriptor: what comes here are large
// pieces already.

#include "processing/encode/WavFileWriter.h"

#include <array>
#include <utility>

#include "processing/encode/WavHeader.h"

namespace segue::encode {

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
    : AudioFileWriter(std::move(file)), trailerBytes_(trailerBytes) {}

Result<void> WavFileWriter::append(std::span<const std::byte> bytes) {
    return file_.write(bytes);
}

Result<void> WavFileWriter::complete() {
    const std::array<std::byte, 1> zero{};
    return append(std::span(zero).first(static_cast<std::size_t>(trailerBytes_)));
}

} // namespace segue::encode
