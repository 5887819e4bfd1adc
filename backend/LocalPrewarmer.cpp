// The parts of a server that render, without those that serve. Members stand in the order in which
// they need each other. Threads are the scheduler's and the analyses'; nothing runs by itself.
#include "backend/LocalPrewarmer.h"

#include <utility>

#include "backend/AnalysisStore.h"
#include "backend/ChunkProvider.h"
#include "backend/CorridorKeeper.h"
#include "backend/FileAnalysis.h"
#include "backend/FullAnalyses.h"
#include "backend/PresetStore.h"
#include "backend/RenderScheduler.h"
#include "cache/ChunkStore.h"
#include "library/Library.h"
#include "processing/chunk/ChunkRenderer.h"

namespace segue::backend {

struct LocalPrewarmer::Parts {
    Parts(DataFolder dataFolder, std::unique_ptr<library::Library> opened, const Options& options)
        : folder(std::move(dataFolder)), library(std::move(opened)),
          store(cache::ChunkStore::open(folder.storeOptions())),
          scheduler(*store, {.workers = options.jobs, .workersForBlocked = 0}),
          provider(*store, scheduler, chunk::renderChunk),
          corridors(*library, CorridorLearning::fromMastering()), kept(*library, corridors),
          analyses(*library, kept, scheduler, analyseFile, options.jobs), presets(folder.presets()),
          prewarmer(
              {.library = *library,
               .analyses = analyses,
               .kept = kept,
               .corridors = corridors,
               .provider = provider,
               .scheduler = scheduler},
              {folder.storeOptions().budgetBytes, folder.storeOptions().firstChunkBudgetBytes},
              {.preset = [this](const std::string& name) { return presets.find(name); },
               .reference = {},
               .defaults = options.defaults}) {}
    ~Parts() {
        scheduler.stop();
        analyses.stop();
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    DataFolder folder;
    std::unique_ptr<library::Library> library;
    std::unique_ptr<cache::ChunkStore> store;
    RenderScheduler scheduler;
    ChunkProvider provider;
    CorridorKeeper corridors;
    AnalysisStore kept;
    FullAnalyses analyses;
    PresetStore presets;
    Prewarmer prewarmer;
};

LocalPrewarmer::LocalPrewarmer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

LocalPrewarmer::~LocalPrewarmer() = default;

Result<std::unique_ptr<LocalPrewarmer>> LocalPrewarmer::open(DataFolder folder,
                                                             const Options& options) {
    auto library = library::Library::open(folder.database(), options.roots);
    if (!library)
        return fail(library.error());
    return std::unique_ptr<LocalPrewarmer>(new LocalPrewarmer(
        std::make_unique<Parts>(std::move(folder), std::move(*library), options)));
}

Result<void> LocalPrewarmer::scan(const std::atomic<bool>& cancel) {
    const auto report = parts_->library->scan({}, cancel);
    if (!report && report.error().code != ErrorCode::Busy)
        return fail(report.error());
    parts_->corridors.lookAgain();
    return {};
}

Result<PrewarmProgress> LocalPrewarmer::run(const PrewarmRequest& request,
                                            const Prewarmer::Report& report, std::stop_token stop) {
    if (const auto checked = parts_->prewarmer.check(request); !checked)
        return fail(checked.error());
    PrewarmProgress progress = parts_->prewarmer.run(request, report, std::move(stop));
    parts_->store->flush(); // what was rendered is to survive whatever comes next
    return progress;
}

} // namespace segue::backend
