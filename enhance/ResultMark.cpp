// How a result is known again, so that a batch that was killed goes on where it was: a result has
// its name only when it is whole, and a tag in it says from what it was made. Any thread.
#include "enhance/ResultMark.h"

#include <algorithm>
#include <sstream>
#include <system_error>

#include "library/TagWriter.h"
#include "processing/analysis/TrackAnalysis.h"
#include "processing/chunk/ChunkRenderer.h"

namespace segue::enhance {
namespace {

namespace fs = std::filesystem;

// Raised when results of the same settings become others: encoders, tags, plans.
constexpr std::uint64_t kResultVersion = 2;

struct Mark {
    std::string version, settings, content;
    std::int64_t sizeBytes = 0, modifiedNs = 0;
};

std::optional<Mark> parsed(const std::string& text) {
    std::istringstream stream(text);
    Mark mark;
    stream >> mark.version >> mark.settings >> mark.content >> mark.sizeBytes >> mark.modifiedNs;
    if (!stream || mark.version != "1")
        return std::nullopt;
    return mark;
}

Result<Hash128> contentOf(const EnhanceJob& job, const FileStamp& stamp) {
    if (job.known && job.known->stamp == stamp)
        return job.known->content;
    return contentHashOf(job.in);
}

} // namespace

Hash128 settingsOf(const mastering::PlanRequest& request, const encode::FileTarget& target,
                   const std::optional<Hash128>& album) {
    Hasher hasher;
    const Hash128 plan = mastering::hashOf(request);
    hasher.number(kResultVersion).number(chunk::kChainVersion).number(analysis::kAnalysisVersion);
    hasher.number(plan.high).number(plan.low);
    hasher.text(encode::traitsOf(target.format).name);
    hasher.number(static_cast<std::uint64_t>(target.bits));
    hasher.number(static_cast<std::uint64_t>(target.kbps));
    hasher.number(album ? 1 : 0);
    if (album)
        hasher.number(album->high).number(album->low);
    return hasher.finish();
}

Hash128 albumOf(const std::vector<EnhanceJob>& jobs, const std::vector<std::size_t>& group) {
    std::vector<std::pair<std::string, std::uint64_t>> files;
    for (const std::size_t i : group)
        files.emplace_back(jobs[i].in.filename().string(),
                           static_cast<std::uint64_t>(jobs[i].bytes));
    std::sort(files.begin(), files.end());
    Hasher hasher;
    for (const auto& [name, bytes] : files)
        hasher.text(name).number(bytes);
    return hasher.finish();
}

Result<std::string> markOf(const EnhanceJob& job, const FileStamp& stamp, const Hash128& settings) {
    const auto content = contentOf(job, stamp);
    if (!content)
        return fail(content.error());
    const auto now = stampOf(job.in);
    if (!now)
        return fail(now.error());
    if (*now != stamp)
        return fail(ErrorCode::Changed, "'" + job.in.string() + "' was edited meanwhile");
    return "1 " + settings.hex() + " " + content->hex() + " " + std::to_string(stamp.sizeBytes) +
           " " + std::to_string(stamp.modifiedNs);
}

Result<ResultState> stateOf(const EnhanceJob& job, const Hash128& settings) {
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(job.out, ignored)))
        return ResultState::None;
    const auto metadata = library::readMetadata(job.out);
    if (!metadata)
        return ResultState::Foreign;
    const auto found = metadata->texts.find(kResultMark);
    const auto mark = found == metadata->texts.end() ? std::nullopt : parsed(found->second.front());
    if (!mark)
        return ResultState::Foreign;
    const auto stamp = stampOf(job.in);
    if (!stamp)
        return fail(stamp.error());
    if (mark->settings != settings.hex() || mark->sizeBytes != stamp->sizeBytes)
        return ResultState::Stale;
    if (mark->modifiedNs == stamp->modifiedNs)
        return ResultState::Finished;
    const auto content = contentOf(job, *stamp);
    if (!content)
        return fail(content.error());
    return mark->content == content->hex() ? ResultState::Finished : ResultState::Stale;
}

} // namespace segue::enhance
