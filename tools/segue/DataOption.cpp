// Where Segue keeps what it knows, unless told otherwise: one answer for all subcommands, so that a
// command finds the folder of a server that was started without any flag.
#include "tools/segue/DataOption.h"

#include <cstdlib>

namespace segue::tools {
namespace {

namespace fs = std::filesystem;

fs::path usualFolder() {
    if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data == '/')
        return fs::path(data) / "segue";
    if (const char* home = std::getenv("HOME"); home && *home == '/')
        return fs::path(home) / ".local/share/segue";
    return "segue-data";
}

} // namespace

DataOption::DataOption(CLI::App& command) : folder_(usualFolder()) {
    command.add_option("--data", folder_, "Where the database and the cache live")
        ->type_name("FOLDER")
        ->envname("SEGUE_DATA")
        ->capture_default_str();
}

} // namespace segue::tools
