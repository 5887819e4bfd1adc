#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "processing/types/Error.h"

namespace segue::tools {

struct AudioFiles {
    std::vector<std::filesystem::path> files;
    /// For each file its path below the folder that was named, or the name of a file that was.
    std::vector<std::filesystem::path> below;
    std::vector<std::string> problems; ///< folders without music, or that cannot be read
};

/// Files as they are named, whatever they are called, and the audio files below the folders,
/// sorted.
AudioFiles findAudioFiles(const std::vector<std::filesystem::path>& named,
                          const std::atomic<bool>& cancel);

using FileProgress = std::function<void(double)>; ///< told 0 .. 1
using FileWork = std::function<Result<void>(std::size_t file, const FileProgress& progress)>;
using FileDone = std::function<void(std::size_t file, const Result<void>& result)>;

/// Works on `files` with `jobs` threads; a progress bar on stderr shows how far it is.
///
/// @param weights  how much work each file is, for the bar and its time left; empty: all the same
/// @param work  on any of the threads; what it throws becomes ErrorCode::Internal
/// @param done  on the calling thread, for one file after the other in their order, as soon as it
///              and all before it are done; the bar is out of the way. Not called after a cancel
void forEachFile(const std::string& title, const std::vector<std::filesystem::path>& files,
                 int jobs, const FileWork& work, const FileDone& done,
                 const std::atomic<bool>& cancel, const std::vector<double>& weights = {});

/// The folders of the variable SEGUE_LIBRARY, which are separated by ':'.
std::vector<std::filesystem::path> libraryOfEnvironment();

/// The number of jobs to use when 0 is asked for.
int jobsOrCores(int jobs);

/// Lists what went wrong on stderr, a line each.
void printProblems(const char* command, const std::vector<std::string>& problems);

/// Harmless to a terminal whatever a file's name says.
std::string printable(std::string_view text);

} // namespace segue::tools
