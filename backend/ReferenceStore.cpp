// References on disk: the profile's JSON and when it was made. A file whose numbers do not make its
// name is damaged, so an id always stands for the same sound.
#include "backend/ReferenceStore.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;
using mastering::ReferenceProfile;

constexpr const char* kCreated = "createdMs";

std::string textOf(const ReferenceProfile& profile, std::int64_t createdMs) {
    Json json = Json::parse(mastering::toJson(profile));
    json[kCreated] = createdMs;
    return json.dump() + "\n";
}

Result<StoredReference> parse(const std::string& id, const std::string& text) {
    auto profile = mastering::referenceFromJson(text);
    if (!profile)
        return fail(profile.error());
    if (mastering::hashOf(*profile).hex() != id)
        return fail(ErrorCode::Corrupt, "its numbers are not those that it was saved with");
    StoredReference reference;
    reference.id = id;
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (const auto created = json.find(kCreated);
        created != json.end() && created->is_number_integer())
        reference.createdMs = created->get<std::int64_t>();
    reference.profile = std::make_shared<const ReferenceProfile>(std::move(*profile));
    return reference;
}

} // namespace

ReferenceStore::ReferenceStore(std::filesystem::path folder, NowMs nowMs,
                               std::shared_ptr<cache::FileSystem> fileSystem)
    : folder_(std::move(folder), kMostBytes, std::move(fileSystem)), references_(folder_, parse),
      nowMs_(nowMs ? std::move(nowMs) : systemNowMs) {}

Result<StoredReference> ReferenceStore::find(const std::string& id) {
    const Error none{ErrorCode::NotFound,
                     "'" + id.substr(0, 64) + "' is no reference that is kept"};
    const auto hash = Hash128::fromHex(id);
    if (!hash || hash->hex() != id) // it becomes a file's name
        return fail(none);
    const auto found = references_.find(id);
    if (found)
        return **found;
    if (found.error().code == ErrorCode::NotFound)
        return fail(none);
    return fail(found.error().code, "'" + id + "' cannot be used: " + found.error().message);
}

ReferenceStore::Listing ReferenceStore::list() {
    Listing listing;
    const auto names = folder_.names();
    if (!names) {
        listing.bad.push_back({"", names.error().message});
        return listing;
    }
    for (const std::string& name : *names) {
        if (listing.references.size() + listing.bad.size() >= kMostReferences)
            break;
        if (const auto found = references_.find(name))
            listing.references.push_back(**found);
        else if (found.error().code != ErrorCode::NotFound) // taken out just now
            listing.bad.push_back({name + ".json", found.error().message});
    }
    std::stable_sort(listing.references.begin(), listing.references.end(),
                     [](const StoredReference& a, const StoredReference& b) {
                         return a.createdMs > b.createdMs;
                     });
    return listing;
}

Result<ReferenceStore::Saved> ReferenceStore::save(ReferenceProfile profile) {
    StoredReference reference;
    reference.id = mastering::hashOf(profile).hex();
    reference.createdMs = nowMs_();
    const DocumentFolder::Turn turn(folder_);
    const auto names = folder_.names();
    if (!names)
        return fail(names.error());
    const bool there = std::binary_search(names->begin(), names->end(), reference.id);
    if (!there && names->size() >= kMostReferences)
        return Saved{Kept::TooMany, {}};
    if (there)
        if (const auto before = references_.find(reference.id))
            reference.createdMs = (*before)->createdMs;
    const std::string text = textOf(profile, reference.createdMs);
    if (text.size() > kMostBytes)
        return fail(ErrorCode::InvalidArgument, "a reference of " +
                                                    std::to_string(profile.sources.size()) +
                                                    " sources, whose names are too long to keep");
    if (auto written = turn.write(reference.id, text); !written)
        return fail(written.error());
    reference.profile = std::make_shared<const ReferenceProfile>(std::move(profile));
    return Saved{there ? Kept::Again : Kept::New, std::move(reference)};
}

Result<void> ReferenceStore::remove(const std::string& id) {
    if (const auto found = find(id); !found && found.error().code == ErrorCode::NotFound)
        return fail(found.error());
    const DocumentFolder::Turn turn(folder_);
    auto removed = turn.remove(id);
    if (!removed && removed.error().code == ErrorCode::NotFound)
        return fail(ErrorCode::NotFound, "'" + id + "' is no reference that is kept");
    return removed;
}

} // namespace segue::backend
