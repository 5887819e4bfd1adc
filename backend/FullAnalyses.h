#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>

#include "backend/AnalysisRunner.h"
#include "backend/AnalysisStore.h"
#include "backend/FileAnalysis.h"
#include "backend/RenderScheduler.h"
#include "backend/http/BodyFile.h"
#include "library/Library.h"
#include "processing/types/Error.h"
#include "processing/types/FileStamp.h"
#include "processing/types/Hash.h"

namespace segue::backend {

/// Full analyses for somebody who waits: kept ones at once, others made on threads of its own,
/// which let blocked readers go first.
/// @thread all members from any thread
class FullAnalyses {
  public:
    /// All outlive this. @param threads  analyses at once
    FullAnalyses(library::Library& library, AnalysisStore& store, const RenderScheduler& scheduler,
                 Analyse analyse, int threads = 1);

    struct Analysed {
        library::Track track;
        AnalysisPtr analysis;
    };
    /// An analysis that was begun is finished also when its time runs out.
    /// @errors those of Library::refresh, AnalysisRunner::run and FileAnalysis
    Result<Analysed> of(library::TrackId id, const ReadLimits& limits);

    /// Nobody sends more as a reference; a crafted file could keep the thread for years.
    static constexpr std::int64_t kLongestFileSeconds = 4 * 3600;
    /// Of a file that is no track. What is found out about it is kept by its content, as of a
    /// track.
    /// @param file  kept as long as anybody reads it
    /// @errors InvalidArgument (too long), and those of openSource, AnalysisRunner::run and
    /// FileAnalysis
    Result<AnalysisPtr> of(const std::shared_ptr<http::BodyFile>& file, const ReadLimits& limits);

    /// Ends what runs and joins the thread. May be called twice.
    void stop();

  private:
    /// @param keep  let go of when nobody reads `path` any more
    Result<AnalysisPtr> ofContent(const Hash128& content, const std::filesystem::path& path,
                                  const FileStamp& stamp, std::shared_ptr<const void> keep,
                                  const ReadLimits& limits);

    library::Library& library_;
    AnalysisStore& store_;
    const RenderScheduler& scheduler_;
    const Analyse analyse_;
    std::stop_source stop_;
    AnalysisRunner runner_;
};

} // namespace segue::backend
