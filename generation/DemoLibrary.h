#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "processing/types/Error.h"

namespace segue::generation {

/// Called now and then from makeDemoLibrary's own thread.
/// @param fraction  of the whole library, 0..1, never falling
/// @param piece  title of what is being made
using DemoProgress = std::function<void(double fraction, std::string_view piece)>;

/// Makes a small music library out of nothing: composed and synthesised pieces, each of another
/// character and level, as tagged FLAC files (16 bit, 44.1 kHz, stereo) under `folder`/Segue/First
/// Light. The bytes are the same on every call. A file that is already there and whole is kept;
/// files appear under their names only when complete.
/// @param folder  made if missing
/// @param progress  may be empty
/// @param cancel  stops the work soon after it turns true; pieces already made stay
/// @return  the files in album order
/// @errors  NotFound, Io, NoSpace (folder cannot be made or written), Cancelled
/// @thread  any; seconds of work, so not one that somebody waits on
Result<std::vector<std::filesystem::path>> makeDemoLibrary(const std::filesystem::path& folder,
                                                           const DemoProgress& progress,
                                                           const std::atomic<bool>& cancel);

} // namespace segue::generation
