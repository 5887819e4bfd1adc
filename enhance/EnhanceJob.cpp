// What is mastered together, and what becomes of a name. Whoever makes the jobs calls this.
#include "enhance/EnhanceJob.h"

#include <map>
#include <string>
#include <tuple>

#include "library/TagReader.h"

namespace segue::enhance {

std::filesystem::path resultName(std::filesystem::path below, encode::FileFormat format) {
    return below.replace_extension(encode::traitsOf(format).extension);
}

EnhanceGroups oneByOne(const std::vector<EnhanceJob>& jobs) {
    EnhanceGroups groups;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        groups.push_back({i});
    return groups;
}

EnhanceGroups byAlbum(const std::vector<EnhanceJob>& jobs) {
    EnhanceGroups groups;
    std::map<std::tuple<std::string, std::string, std::string>, std::size_t> albums;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const auto read = library::readTags(jobs[i].in);
        const library::Tags tags = read ? read->tags : library::Tags{};
        const bool spread = !tags.album.empty() && !tags.albumArtist.empty();
        const auto [album, fresh] =
            albums.try_emplace({tags.album, tags.albumArtist,
                                spread ? std::string() : jobs[i].in.parent_path().string()},
                               groups.size());
        if (fresh)
            groups.emplace_back();
        groups[album->second].push_back(i);
    }
    return groups;
}

} // namespace segue::enhance
