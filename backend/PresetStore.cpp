// Listeners' presets on disk. The store knows nothing of HTTP, so that the command line may look
// into the same folder. A broken file is told of and otherwise harms nobody.
#include "backend/PresetStore.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

namespace segue::backend {

namespace {

using mastering::Preset;

Result<Preset> parse(const std::string& name, const std::string& text) {
    auto preset = mastering::presetFromJson(text);
    if (!preset)
        return fail(ErrorCode::Corrupt, preset.error().message);
    preset->name = name;
    return preset;
}

/// A member a line, for whoever edits it by hand.
std::string textOf(const Preset& preset) {
    return nlohmann::ordered_json::parse(mastering::toJson(preset)).dump(2) + "\n";
}

/// What keeps a file of this name from being a preset at all.
std::optional<std::string> wrongName(const std::string& name) {
    if (!mastering::isPresetName(name))
        return "the file's name must be 1 to 40 of a-z, 0-9 and '-', beginning with a letter, and "
               "then .json";
    if (mastering::findBuiltInPreset(name))
        return "'" + name + "' is built in; give the file another name";
    return std::nullopt;
}

} // namespace

PresetStore::PresetStore(std::filesystem::path folder,
                         std::shared_ptr<cache::FileSystem> fileSystem)
    : folder_(std::move(folder), kMostBytes, std::move(fileSystem)), presets_(folder_, parse) {}

Result<Preset> PresetStore::find(std::string_view name) {
    if (const Preset* preset = mastering::findBuiltInPreset(name))
        return *preset;
    if (mastering::isPresetName(name)) {
        const auto found = presets_.find(std::string(name));
        if (found)
            return **found;
        if (found.error().code != ErrorCode::NotFound)
            return fail(found.error().code,
                        "'" + std::string(name) + "' cannot be used: " + found.error().message);
    }
    constexpr std::size_t kMostQuoted = 64; // names come from anywhere
    std::string message = "'" + std::string(name.substr(0, kMostQuoted)) +
                          (name.size() > kMostQuoted ? "...'" : "'") + " is none of ";
    for (const Preset& preset : mastering::builtInPresets())
        message += (&preset == mastering::builtInPresets().data() ? "" : ", ") + preset.name;
    if (const std::size_t own = list().own.size(); own > 0)
        message += ", nor of the " + std::to_string(own) + " of your own";
    return fail(ErrorCode::NotFound, message);
}

PresetStore::Listing PresetStore::list() {
    Listing listing;
    const auto names = folder_.names();
    if (!names) {
        listing.bad.push_back({"", names.error().message});
        return listing;
    }
    std::size_t seen = 0;
    for (const std::string& name : *names) {
        const std::string file = name + ".json";
        if (++seen > kMostPresets) {
            listing.bad.push_back({file, "there are more than " + std::to_string(kMostPresets) +
                                             " files; this one and those after it are left out"});
            break;
        }
        if (auto wrong = wrongName(name)) {
            listing.bad.push_back({file, std::move(*wrong)});
            continue;
        }
        if (const auto found = presets_.find(name))
            listing.own.push_back(**found);
        else if (found.error().code != ErrorCode::NotFound) // taken out just now
            listing.bad.push_back({file, found.error().message});
    }
    return listing;
}

Result<PresetStore::Saved> PresetStore::save(const Preset& preset, IfThere ifThere) {
    if (mastering::findBuiltInPreset(preset.name))
        return Saved::BuiltIn;
    const DocumentFolder::Turn turn(folder_);
    const auto names = folder_.names();
    if (!names)
        return fail(names.error());
    const bool there = std::binary_search(names->begin(), names->end(), preset.name);
    if (there && ifThere == IfThere::Keep)
        return Saved::NameTaken;
    if (!there && names->size() >= kMostPresets)
        return Saved::TooMany;
    if (auto written = turn.write(preset.name, textOf(preset)); !written)
        return fail(written.error());
    return there ? Saved::Replaced : Saved::Created;
}

Result<void> PresetStore::remove(const std::string& name) {
    const DocumentFolder::Turn turn(folder_);
    auto removed = turn.remove(name);
    if (!removed && removed.error().code == ErrorCode::NotFound)
        return fail(ErrorCode::NotFound, "there is no preset '" + name + "' of your own");
    return removed;
}

} // namespace segue::backend
