// The way to the decoders of FFmpeg's libraries: a module of its own, loaded when the first file
// needs it. Any thread.

#include "processing/decode/LibavModule.h"

#include <utility>

#include "processing/decode/ContainerTags.h"
#include "processing/types/Module.h"

namespace segue::decode {

Result<std::unique_ptr<Decoder>> openLibav(SourceFile file, LibavContainer container) {
    static const auto loaded = moduleFunction(kLibavModuleFile, kOpenLibavDecoder);
    if (!loaded)
        return fail(file.error(ErrorCode::Unsupported, loaded.error().message));
    Result<std::unique_ptr<Decoder>> decoder;
    reinterpret_cast<OpenLibavDecoder> (*loaded)(std::move(file), container, decoder);
    return decoder;
}

std::vector<std::pair<std::string, std::string>> containerTags(const std::filesystem::path& path) {
    static const auto loaded = moduleFunction(kLibavModuleFile, kReadLibavTags);
    auto file = SourceFile::open(path);
    std::vector<std::pair<std::string, std::string>> tags;
    if (loaded && file)
        reinterpret_cast<ReadLibavTags> (*loaded)(std::move(*file), tags);
    return tags;
}

} // namespace segue::decode
