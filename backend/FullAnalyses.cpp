// What a reference is made of: tracks, and files that were sent. A whole track takes about a
// second, so it has a pool of its own and quick analyses, which streams wait for, never queue
// behind it.
#include "backend/FullAnalyses.h"

#include <string>
#include <utility>

#include "processing/decode/AudioSource.h"

namespace segue::backend {

namespace {

constexpr std::size_t kMostWaiting = 64;

} // namespace

FullAnalyses::FullAnalyses(library::Library& library, AnalysisStore& store,
                           const RenderScheduler& scheduler, Analyse analyse, int threads)
    : library_(library), store_(store), scheduler_(scheduler), analyse_(std::move(analyse)),
      runner_(threads, kMostWaiting) {}

Result<AnalysisPtr> FullAnalyses::ofContent(const Hash128& content,
                                            const std::filesystem::path& path,
                                            const FileStamp& stamp,
                                            std::shared_ptr<const void> keep,
                                            const ReadLimits& limits) {
    if (AnalysisPtr kept = store_.full(content))
        return kept;
    return runner_.run(
        content,
        [this, path, stamp, content,
         keep = std::move(keep)](const std::atomic<bool>& cancel) -> Result<AnalysisPtr> {
            if (AnalysisPtr meanwhile = store_.full(content))
                return meanwhile;
            auto analysed = analyse_(path, stamp, analysis::Coverage::Full, cancel, [this] {
                scheduler_.waitWhileReadersAreBlocked(stop_.get_token());
            });
            if (analysed)
                store_.put(content, *analysed);
            return analysed;
        },
        limits);
}

Result<FullAnalyses::Analysed> FullAnalyses::of(library::TrackId id, const ReadLimits& limits) {
    auto track = library_.refresh(id);
    if (!track)
        return fail(track.error());
    auto analysis = ofContent(*track->contentId, track->path, track->stamp, nullptr, limits);
    if (!analysis)
        return fail(analysis.error());
    return Analysed{std::move(*track), std::move(*analysis)};
}

Result<AnalysisPtr> FullAnalyses::of(const std::shared_ptr<http::BodyFile>& file,
                                     const ReadLimits& limits) {
    const std::filesystem::path path = file->path();
    decode::SourceInfo info;
    if (const auto source = decode::openSource(path))
        info = (*source)->info();
    else
        return fail(source.error());
    const std::int64_t seconds = info.numFrames / info.sampleRateHz;
    if (seconds > kLongestFileSeconds)
        return fail(ErrorCode::InvalidArgument, "'" + path.string() + "' lasts " +
                                                    std::to_string(seconds / 60) +
                                                    " minutes; a reference may last " +
                                                    std::to_string(kLongestFileSeconds / 60));
    const auto content = contentHashOf(path);
    if (!content)
        return fail(content.error());
    return ofContent(*content, path, info.stamp, file, limits);
}

void FullAnalyses::stop() {
    stop_.request_stop();
    runner_.stop();
}

} // namespace segue::backend
