// Reads /proc/self/mountinfo (proc(5)), on the watcher's thread. A line: number, parent, device,
// root, place ... - type, source, options; blanks in names are written in octal.

#include "library/MountTable.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/vfs.h>

#include "library/Roots.h"

namespace segue::library {

namespace {

constexpr const char* kFile = "/proc/self/mountinfo";

std::string unescaped(const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto digit = [&](std::size_t at) { return at < text.size() ? text[at] - '0' : -1; };
        if (text[i] == '\\' && digit(i + 1) >= 0 && digit(i + 2) >= 0 && digit(i + 3) >= 0) {
            plain += static_cast<char>(digit(i + 1) * 64 + digit(i + 2) * 8 + digit(i + 3));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

} // namespace

MountTable::MountTable() : file_(::open(kFile, O_RDONLY | O_CLOEXEC)) {}

std::set<std::string> MountTable::around(const std::set<std::string>& directories) const {
    std::set<std::string> mounts;
    std::ifstream file(kFile);
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        std::string number, parent, device, root, place;
        if (!(fields >> number >> parent >> device >> root >> place))
            continue;
        place = unescaped(place);
        if (std::any_of(directories.begin(), directories.end(), [&](const std::string& directory) {
                return isBelow(place, directory) || isBelow(directory, place);
            }))
            mounts.insert(number + ' ' + device + ' ' + place);
    }
    return mounts;
}

bool mayChangeUnseen(const std::string& path) {
    // linux/magic.h, and for those that it lacks statfs(2).
    constexpr std::array<std::uint32_t, 9> kUnseen{0x6969,      // NFS
                                                   0xFF534D42,  // CIFS
                                                   0xFE534D42,  // SMB 2
                                                   0x517B,      // SMB
                                                   0x65735546,  // FUSE
                                                   0x01021997,  // 9P
                                                   0x5346414F,  // AFS
                                                   0x00C36400,  // Ceph
                                                   0x73757245}; // Coda
    struct statfs status {};
    return ::statfs(path.c_str(), &status) == 0 &&
           std::find(kUnseen.begin(), kUnseen.end(), static_cast<std::uint32_t>(status.f_type)) !=
               kUnseen.end();
}

} // namespace segue::library
