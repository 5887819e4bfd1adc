// Sorts problems by the words of their reason, which is all that a database holds of them: those
// of earlier versions are sorted, too, and no schema has to change for a new kind. The words are
// Walker's, Scanner's, TagReader's and those of errnoError; a test has a scan say each of them.
#include "library/ProblemKind.h"

#include <algorithm>
#include <array>

namespace segue::library {

namespace {

struct Words {
    std::string_view text;
    ProblemKind kind;
};

constexpr std::array kBeginnings{
    Words{"analysis: ", ProblemKind::Analysis},
    Words{"the folder ", ProblemKind::Folder},
    Words{"the library folder ", ProblemKind::Folder},
    Words{"a link ", ProblemKind::Link},
    Words{"open '", ProblemKind::Access},
    Words{"read '", ProblemKind::Access},
    Words{"stat '", ProblemKind::Access},
};
/// Behind the file's name, which may say anything.
constexpr std::array kEndings{
    Words{": the file is empty", ProblemKind::Empty},
    Words{": not an audio format that Segue reads", ProblemKind::Format},
    Words{" is not a regular file", ProblemKind::Format},
    Words{" was edited while it was read", ProblemKind::Changing},
};

} // namespace

std::string_view nameOf(ProblemKind kind) noexcept {
    constexpr std::array<std::string_view, 9> kNames{
        "folder", "link", "access", "changing", "empty", "format", "damaged", "analysis", "other"};
    return kNames[static_cast<std::size_t>(kind)];
}

ProblemKind problemKindOf(std::string_view reason) noexcept {
    const auto begins = [&](const Words& words) { return reason.starts_with(words.text); };
    const auto ends = [&](const Words& words) { return reason.ends_with(words.text); };
    if (const auto* found = std::find_if(kBeginnings.begin(), kBeginnings.end(), begins);
        found != kBeginnings.end())
        return found->kind;
    if (const auto* found = std::find_if(kEndings.begin(), kEndings.end(), ends);
        found != kEndings.end())
        return found->kind;
    // What else is wrong with a file that could be read is said behind its name.
    return reason.starts_with('\'') ? ProblemKind::Damaged : ProblemKind::Other;
}

} // namespace segue::library
