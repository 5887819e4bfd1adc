// Which writer makes a file. FFmpeg's libraries bring a hundred others along, which would cost
// every start of the program 40 ms and 25 MiB: so what uses them is a module of its own, loaded
// when the first file needs it. Any thread.

#include "processing/encode/AudioFileWriter.h"

#include <dlfcn.h>

#include <string>

#include "processing/encode/LibavModule.h"
#include "processing/encode/WavFileWriter.h"

namespace segue::encode {

namespace {

/// Beside the program.
std::filesystem::path modulePath() {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / kLibavModuleFile;
}

/// Loads the module once and keeps it for good.
Result<CreateLibavWriter> libavModule() {
    static const Result<CreateLibavWriter> loaded = []() -> Result<CreateLibavWriter> {
        void* module = ::dlopen(modulePath().c_str(), RTLD_NOW | RTLD_LOCAL);
        void* function = module ? ::dlsym(module, kCreateLibavWriter) : nullptr;
        if (!function) {
            const char* reason = ::dlerror();
            return fail(ErrorCode::Unsupported,
                        std::string("the encoders cannot be loaded: ") +
                            (reason ? reason : "the module is of another version"));
        }
        return reinterpret_cast<CreateLibavWriter>(function);
    }();
    return loaded;
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
