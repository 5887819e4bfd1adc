#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "library/DatabaseAccess.h"
#include "library/Library.h"

namespace segue::library {

/// What a content sounds like, in numbers of processing/analysis.
struct ContentFeatures {
    Hash128 content;
    std::vector<float> vector;        ///< empty: there is nothing to compare, and will be nothing
    std::optional<double> bpm, pulse; ///< nothing: no pulse
    double integratedLufs = 0, loudnessRangeLu = 0, truePeakDbtp = 0, crestFactorDb = 0;
};

/// A present track and what it sounds like.
struct TrackFeatures {
    TrackId track = 0;
    std::uint64_t album = 0;     ///< the same for tracks of one album; 0: of none
    std::uint64_t recording = 0; ///< the same for tracks of the same content, or artist and title
    std::vector<float> vector;
};

/// The features of contents, kept beside their analyses.
/// @thread all members may be called from any thread
class Features {
  public:
    /// @param access  outlives this
    explicit Features(const DatabaseAccess& access) : access_(access) {}

    /// Takes the place of what is there, of whatever version.
    Result<void> put(std::uint32_t version, std::span<const ContentFeatures> features);
    /// Contents that have a full analysis of `analysisVersion` and no features of `version`, in
    /// order. Looks at all of them that come after `after`.
    Result<std::vector<Hash128>> lacking(std::uint32_t analysisVersion, std::uint32_t version,
                                         const std::optional<Hash128>& after, int limit) const;
    /// Contents whose full analysis was stored after the mark, and the mark to ask with the next
    /// time. Looks at those alone.
    struct News {
        std::vector<Hash128> contents;
        std::int64_t mark = 0;
    };
    Result<News> analysedSince(std::uint32_t analysisVersion, std::int64_t mark, int limit) const;
    /// The mark of now.
    Result<std::int64_t> mark() const;

    /// All present tracks that have a vector of `version`.
    Result<void> forEachTrack(std::uint32_t version,
                              const std::function<void(const TrackFeatures&)>& take) const;
    Result<std::int64_t> count(std::uint32_t version) const;

  private:
    const DatabaseAccess& access_;
};

} // namespace segue::library
