// The way to the decoders of FFmpeg's libraries: a module of its own, loaded when the first file
// needs it. Any thread.

#include "processing/decode/LibavModule.h"

#include <utility>

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

} // namespace segue::decode
