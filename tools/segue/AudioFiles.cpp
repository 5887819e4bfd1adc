// The files that a command is to work on, and working on them in parallel: threads take the next
// file, the calling thread hands results on in the order of the files.
#include "tools/segue/AudioFiles.h"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include "library/Roots.h"
#include "library/Walker.h"
#include "tools/segue/ProgressBar.h"

namespace segue::tools {
namespace {

/// What the bar shows: the mean of all files' progress, by the work that they are.
class Progress {
  public:
    Progress(std::string title, const std::vector<std::filesystem::path>& files,
             const std::vector<double>& weights)
        : files_(files), weights_(weights), parts_(files.size()), bar_(std::move(title)) {
        if (weights_.empty())
            weights_.assign(files.size(), 1.0);
        for (const double weight : weights_)
            total_ += weight;
    }

    void update(std::size_t file, double part) {
        const std::lock_guard lock(mutex_);
        sum_ += (part - parts_[file]) * weights_[file];
        parts_[file] = part;
        bar_.update(total_ > 0 ? sum_ / total_ : 1, files_[file].filename().string());
    }
    void clear() { bar_.clear(); }

  private:
    const std::vector<std::filesystem::path>& files_;
    std::vector<double> weights_;
    double total_ = 0;
    std::mutex mutex_; // guards parts_ and sum_
    std::vector<double> parts_;
    double sum_ = 0;
    ProgressBar bar_;
};

} // namespace

AudioFiles findAudioFiles(const std::vector<std::filesystem::path>& named,
                          const std::atomic<bool>& cancel) {
    AudioFiles found;
    for (const std::filesystem::path& path : named) {
        std::error_code error;
        if (!std::filesystem::is_directory(path, error)) {
            found.files.push_back(path);
            found.below.push_back(path.filename());
            continue;
        }
        std::vector<std::filesystem::path> inside;
        library::WalkHooks hooks;
        hooks.onFolder = [&inside](library::WalkedFolder&& walkedFolder) {
            for (const library::FoundFile& file : walkedFolder.files)
                inside.emplace_back(file.path);
        };
        const library::WalkResult walked = library::walk(library::Roots({path}), hooks, cancel);
        for (const library::WalkProblem& problem : walked.problems)
            found.problems.push_back("'" + problem.path + "': " + problem.reason);
        if (inside.empty() && walked.problems.empty())
            found.problems.push_back("'" + path.string() + "': there is no music in this folder");
        std::sort(inside.begin(), inside.end());
        const std::filesystem::path folder = std::filesystem::absolute(path).lexically_normal();
        for (std::filesystem::path& file : inside) {
            found.below.push_back(file.lexically_relative(folder));
            found.files.push_back(std::move(file));
        }
    }
    return found;
}

void forEachFile(const std::string& title, const std::vector<std::filesystem::path>& files,
                 int jobs, const FileWork& work, const FileDone& done,
                 const std::atomic<bool>& cancel, const std::vector<double>& weights) {
    Progress progress(title, files, weights);
    std::mutex mutex; // guards the next two
    std::condition_variable changed;
    std::vector<std::optional<Result<void>>> results(files.size());
    std::atomic<std::size_t> next{0};
    const auto guarded = [&](std::size_t i) -> Result<void> {
        try {
            if (cancel.load(std::memory_order_relaxed))
                return fail(ErrorCode::Cancelled, "interrupted");
            return work(i, [&, i](double part) { progress.update(i, part); });
        } catch (const std::exception& problem) {
            return fail(ErrorCode::Internal, "'" + files[i].string() + "': " + problem.what());
        }
    };
    const auto run = [&] {
        for (std::size_t i = next++; i < files.size(); i = next++) {
            Result<void> result = guarded(i);
            progress.update(i, 1);
            const std::lock_guard lock(mutex);
            results[i] = std::move(result);
            changed.notify_all();
        }
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < jobs && static_cast<std::size_t>(i) < files.size(); ++i)
        threads.emplace_back(run);
    for (std::size_t i = 0; i < files.size(); ++i) {
        {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return results[i].has_value(); });
        }
        if (cancel.load(std::memory_order_relaxed))
            continue;
        progress.clear();
        done(i, *results[i]);
    }
}

std::vector<std::filesystem::path> libraryOfEnvironment() {
    std::vector<std::filesystem::path> folders;
    const char* variable = std::getenv("SEGUE_LIBRARY");
    std::istringstream text(variable ? variable : "");
    for (std::string folder; std::getline(text, folder, ':');)
        if (!folder.empty())
            folders.emplace_back(folder);
    return folders;
}

int jobsOrCores(int jobs) {
    return jobs > 0 ? jobs : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void printProblems(const char* command, const std::vector<std::string>& problems) {
    for (const std::string& problem : problems)
        std::fprintf(stderr, "segue %s: %s\n", command, printable(problem).c_str());
}

std::string printable(std::string_view text) {
    std::string out(text);
    for (char& byte : out)
        if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F)
            byte = '?';
    return out;
}

} // namespace segue::tools
