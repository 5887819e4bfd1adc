// One answer for every command that works on a library, with a server or without.
#include "tools/segue/MusicFolders.h"

#include <system_error>

namespace segue::tools {

Result<std::vector<std::filesystem::path>>
musicFolders(const std::vector<std::filesystem::path>& given, const backend::DataFolder& folder) {
    if (given.empty()) {
        auto known = folder.roots();
        if (known && known->empty())
            return fail(ErrorCode::InvalidArgument,
                        "nobody has said yet where the music is; give --library FOLDER");
        return known;
    }
    std::vector<std::filesystem::path> folders;
    std::error_code ignored;
    for (const std::filesystem::path& one : given)
        folders.push_back(std::filesystem::absolute(one, ignored));
    return folders;
}

} // namespace segue::tools
