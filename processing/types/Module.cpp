// Loads what most runs of the program do without: FFmpeg's libraries bring a hundred others along,
// which would cost every start 40 ms and 25 MiB. Any thread.

#include "processing/types/Module.h"

#include <dlfcn.h>

#include <filesystem>

namespace segue {

Result<void*> moduleFunction(const std::string& moduleFile, const std::string& function) {
    std::error_code error;
    const auto path =
        std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / moduleFile;
    void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* found = module ? ::dlsym(module, function.c_str()) : nullptr;
    if (found)
        return found;
    const char* reason = ::dlerror();
    return fail(ErrorCode::Unsupported, "'" + moduleFile + "' cannot be loaded: " +
                                            (reason ? reason : "it is of another version"));
}

} // namespace segue
