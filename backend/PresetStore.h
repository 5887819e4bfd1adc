#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/DocumentFolder.h"
#include "backend/Documents.h"
#include "processing/mastering/Preset.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// The presets that there are: the built-in ones, and listeners' own, FOLDER/NAME.json each. A
/// file's name is the preset's name, whatever the file says. Files may be edited, dropped in and
/// taken out while this lives; the next look sees it.
/// @thread all members from any thread
class PresetStore {
  public:
    /// Listeners' own; further files are not listed.
    static constexpr std::size_t kMostPresets = 200;
    static constexpr std::size_t kMostBytes = 64 << 10;

    /// @param folder  need not be there  @param fileSystem  null: the real one
    explicit PresetStore(std::filesystem::path folder,
                         std::shared_ptr<cache::FileSystem> fileSystem = nullptr);

    /// A built-in preset or one of the listeners' own.
    /// @errors NotFound (the message says what there is), Corrupt (its file cannot be read as a
    /// preset, and why), Io
    Result<mastering::Preset> find(std::string_view name);

    struct BadFile {
        std::string file;   ///< its name
        std::string reason; ///< what is wrong with it
    };
    struct Listing {
        std::vector<mastering::Preset> own; ///< by name
        std::vector<BadFile> bad;
    };
    /// Never fails: what cannot be looked at is among the bad ones.
    Listing list();

    enum class IfThere { Keep, Replace };
    enum class Saved { Created, Replaced, NameTaken, BuiltIn, TooMany };
    /// Nothing is written unless the outcome is Created or Replaced.
    /// @param preset  its name is a preset name  @errors NoSpace, Io
    Result<Saved> save(const mastering::Preset& preset, IfThere ifThere);
    /// @param name  a preset name  @errors NotFound, Io
    Result<void> remove(const std::string& name);

  private:
    DocumentFolder folder_;
    Documents<mastering::Preset> presets_;
};

} // namespace segue::backend
