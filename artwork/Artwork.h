#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "artwork/Picture.h"
#include "artwork/PictureCache.h"
#include "processing/types/Hash.h"

namespace segue::artwork {

/// Whose picture is wanted.
struct Subject {
    std::filesystem::path track; ///< absolute; of an album, any of its tracks
    std::string artist, album;   ///< for what has no picture
};

/// The picture that was found, not yet resized.
struct Source {
    std::string bytes; ///< empty: it is generated from the subject's texts
    Hash128 content;   ///< the same for the same picture
};

/// Pictures of tracks and albums: embedded ones, else those in their folder, else generated ones.
/// @thread all members from any thread
class Artwork {
  public:
    /// What a client may ask for; any other size becomes the next larger one.
    static constexpr int kSizes[] = {64, 128, 256, 512, 1024};
    static constexpr int kDefaultSize = 512;
    static int stepOf(int size);

    /// @param roots  the music folders; nothing above them is looked at
    /// @param cacheFolder  of resized pictures, at most `cacheBytes` of them
    Artwork(std::vector<std::filesystem::path> roots, std::filesystem::path cacheFolder,
            std::int64_t cacheBytes);

    /// Finds, reads and hashes. @errors Busy (too many at once)
    Result<Source> find(const Subject& subject);
    /// Resized, from the cache if it is there. A picture that cannot be decoded gives way to a
    /// generated one. @errors Busy (too many at once)
    Result<Picture> picture(const Subject& subject, const Source& source, int size);

  private:
    class Turn;

    std::vector<std::filesystem::path> roots_;
    PictureCache cache_;
    std::mutex mutex_;
    std::condition_variable freed_;
    int numBusy_ = 0; ///< GUARDED_BY(mutex_): threads that read or decode pictures
};

} // namespace segue::artwork
