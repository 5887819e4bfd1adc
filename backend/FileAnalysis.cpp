// Puts decode and analysis together for one file, on whichever thread asks. An analysis belongs to
// the content that was hashed under the same stamp, so a file that changed meanwhile gives none.
#include "backend/FileAnalysis.h"

#include <utility>

#include "processing/decode/AudioSource.h"

namespace segue::backend {

namespace {

/// Gives its owner a chance to wait before each block.
class PausingSource final : public decode::AudioSource {
  public:
    PausingSource(decode::AudioSource& inner, const std::function<void()>& beforeEachRead)
        : inner_(inner), beforeEachRead_(beforeEachRead) {}

    const decode::SourceInfo& info() const noexcept override { return inner_.info(); }
    Result<std::int64_t> read(const AudioBlock& block) override {
        if (beforeEachRead_)
            beforeEachRead_();
        return inner_.read(block);
    }
    Result<void> seek(std::int64_t frame) override { return inner_.seek(frame); }

  private:
    decode::AudioSource& inner_;
    const std::function<void()>& beforeEachRead_;
};

} // namespace

Result<AnalysisPtr> analyseFile(const std::filesystem::path& path, const FileStamp& stamp,
                                analysis::Coverage coverage, const std::atomic<bool>& cancel,
                                const std::function<void()>& beforeEachRead) {
    auto source = decode::openSource(path);
    if (!source)
        return fail(source.error());
    const auto changed = [&] {
        return fail(ErrorCode::Changed, "analyse '" + path.string() + "': the file was edited");
    };
    if ((*source)->info().stamp != stamp)
        return changed();
    PausingSource pausing(**source, beforeEachRead);
    auto analysed = analysis::analyse(pausing, coverage, cancel);
    if (!analysed)
        return fail(analysed.error());
    const auto now = stampOf(path);
    if (!now)
        return fail(now.error());
    if (*now != stamp)
        return changed();
    return std::make_shared<const analysis::TrackAnalysis>(std::move(*analysed));
}

} // namespace segue::backend
