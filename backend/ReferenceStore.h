#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "backend/DocumentFolder.h"
#include "backend/Documents.h"
#include "backend/WallClock.h"
#include "processing/mastering/ReferenceProfile.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// A reference as it is kept.
struct StoredReference {
    std::string id; ///< mastering::hashOf(profile) in hex
    std::int64_t createdMs = 0;
    std::shared_ptr<const mastering::ReferenceProfile> profile;
};

/// The references to which tracks can be matched, FOLDER/ID.json each. One never changes but in its
/// name, since its numbers make its id.
/// @thread all members from any thread
class ReferenceStore {
  public:
    static constexpr std::size_t kMostReferences = 1000;
    static constexpr std::size_t kMostBytes = 256 << 10;

    /// @param folder  need not be there  @param nowMs  empty: the system's clock
    /// @param fileSystem  null: the real one
    explicit ReferenceStore(std::filesystem::path folder, NowMs nowMs = {},
                            std::shared_ptr<cache::FileSystem> fileSystem = nullptr);

    /// @errors NotFound, Corrupt (its file is damaged), Io
    Result<StoredReference> find(const std::string& id);

    struct BadFile {
        std::string file;   ///< its name
        std::string reason; ///< what is wrong with it
    };
    struct Listing {
        std::vector<StoredReference> references; ///< newest first
        std::vector<BadFile> bad;
    };
    /// Never fails: what cannot be looked at is among the bad ones.
    Listing list();

    enum class Kept { New, Again, TooMany };
    struct Saved {
        Kept kept;
        StoredReference reference; ///< empty when there are too many
    };
    /// One with the same numbers takes the new name and keeps its age. @errors InvalidArgument (the
    /// names in it are longer than a file may be), NoSpace, Io
    Result<Saved> save(mastering::ReferenceProfile profile);
    /// @errors NotFound, Io
    Result<void> remove(const std::string& id);

  private:
    DocumentFolder folder_;
    Documents<StoredReference> references_;
    const NowMs nowMs_;
};

} // namespace segue::backend
