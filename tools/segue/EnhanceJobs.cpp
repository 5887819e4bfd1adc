// From the command line's files and folders to pairs of source and result. Main thread, before
// anything is mastered.
#include "tools/segue/EnhanceJobs.h"

#include <map>
#include <system_error>
#include <utility>

#include "library/Roots.h"
#include "tools/segue/AudioFiles.h"

namespace segue::tools {
namespace {

namespace fs = std::filesystem;

/// With all links followed as far as it exists.
std::string real(const fs::path& path) {
    std::error_code error;
    const fs::path found = fs::weakly_canonical(path, error);
    std::string name = (error ? path : found).lexically_normal().string();
    while (name.size() > 1 && name.back() == '/')
        name.pop_back();
    return name;
}

class JobFinder {
  public:
    JobFinder(const fs::path& out, encode::FileFormat format, const std::atomic<bool>& cancel)
        : out_(out), realOut_(real(out)), format_(format), cancel_(cancel) {}

    Result<void> add(const fs::path& named, const fs::path& prefix) {
        const AudioFiles found = findAudioFiles({named}, cancel_);
        std::error_code ignored;
        const bool folder = fs::is_directory(named, ignored);
        if (folder && real(named) == realOut_)
            return fail(ErrorCode::InvalidArgument,
                        "--out: '" + out_.string() +
                            "' is where the music is; results need a folder of their own");
        result.problems.insert(result.problems.end(), found.problems.begin(), found.problems.end());
        for (std::size_t i = 0; i < found.files.size(); ++i) {
            if (folder && library::isBelow(real(found.files[i]), realOut_))
                continue;
            const fs::path out = out_ / prefix / enhance::resultName(found.below[i], format_);
            const auto [other, fresh] = taken_.emplace(out, found.files[i]);
            if (!fresh) {
                std::string both = "'" + other->second.string() + "' and '" +
                                   found.files[i].string() + "' would both become '" +
                                   out.string() + "'";
                if (!folder)
                    return fail(ErrorCode::InvalidArgument, std::move(both));
                result.problems.push_back(std::move(both));
                continue;
            }
            push(found.files[i], out);
        }
        return {};
    }

    void push(const fs::path& in, const fs::path& out) {
        std::error_code error;
        const auto bytes = fs::file_size(in, error);
        result.jobs.push_back({in, out, error ? 0.0 : static_cast<double>(bytes)});
    }

    EnhanceJobs result;

  private:
    const fs::path out_;
    const std::string realOut_;
    const encode::FileFormat format_;
    const std::atomic<bool>& cancel_;
    std::map<fs::path, fs::path> taken_; ///< result, source
};

} // namespace

bool isFolderOfResults(const std::vector<fs::path>& named, const fs::path& out) {
    std::error_code ignored;
    return named.size() > 1 || fs::is_directory(named.front(), ignored) ||
           fs::is_directory(out, ignored) || out.filename().empty();
}

Result<EnhanceJobs> findEnhanceJobs(const std::vector<fs::path>& named, const fs::path& out,
                                    encode::FileFormat format, const std::atomic<bool>& cancel) {
    std::error_code ignored;
    std::size_t folders = 0;
    for (const fs::path& path : named)
        folders += fs::is_directory(path, ignored) ? 1 : 0;
    JobFinder finder(out, format, cancel);
    if (!isFolderOfResults(named, out)) {
        finder.push(named.front(), out);
        return std::move(finder.result);
    }
    if (fs::exists(out, ignored) && !fs::is_directory(out, ignored))
        return fail(ErrorCode::InvalidArgument,
                    "--out: '" + out.string() + "' is to be a folder, and there is a file");
    for (const fs::path& path : named) {
        const bool prefixed = folders > 1 && fs::is_directory(path, ignored);
        const fs::path prefix = prefixed ? fs::path(real(path)).filename() : fs::path();
        if (auto added = finder.add(path, prefix); !added)
            return fail(added.error());
    }
    return std::move(finder.result);
}

} // namespace segue::tools
