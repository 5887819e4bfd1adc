// Which writer makes a file. What uses FFmpeg's libraries is a module of its own, loaded when the
// first file needs it. Any thread.

#include "processing/encode/AudioFileWriter.h"

#include <string>

#include "processing/encode/LibavModule.h"
#include "processing/encode/WavFileWriter.h"
#include "processing/types/Module.h"

namespace segue::encode {

namespace {

/// Loads the module once and keeps it for good.
Result<CreateLibavWriter> libavModule() {
    static const auto loaded = moduleFunction(kLibavModuleFile, kCreateLibavWriter);
    if (!loaded)
        return fail(loaded.error());
    return reinterpret_cast<CreateLibavWriter>(*loaded);
}

} // namespace

Result<void> AudioFileWriter::finish() {
    if (finished_)
        return {};
    finished_ = true;
    return complete();
}

Result<void> AudioFileWriter::commit() {
    if (auto done = finish(); !done)
        return done;
    return file_.commit();
}

Result<std::unique_ptr<AudioFileWriter>>
createAudioFile(const std::filesystem::path& path, const FileTarget& target,
                const StreamFormat& format, std::int64_t numFrames, Overwrite overwrite) {
    if (target.format == FileFormat::Wav)
        return WavFileWriter::create(path, format, numFrames, overwrite);
    const FormatTraits& traits = traitsOf(target.format);
    if (format.numChannels > traits.mostChannels)
        return fail(ErrorCode::Unsupported, "'" + path.string() + "': " + std::string(traits.name) +
                                                " holds at most " +
                                                std::to_string(traits.mostChannels) + " channels");
    auto create = libavModule();
    if (!create)
        return fail(create.error());
    auto file = NewFile::create(path, overwrite);
    if (!file)
        return fail(file.error());
    Result<std::unique_ptr<AudioFileWriter>> writer;
    (*create)(std::move(*file), target, format, numFrames, writer);
    return writer;
}

} // namespace segue::encode
