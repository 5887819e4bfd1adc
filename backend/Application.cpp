// The composition root: the only place that knows every part. Members stand in the order in which
// they need each other; stop() takes them down from the clients inwards, so that nothing is asked
// of a part that has ended.
#include "backend/Application.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include <spdlog/spdlog.h>

#include "backend/AnalysisRunner.h"
#include "backend/AnalysisStore.h"
#include "backend/ArtworkRoutes.h"
#include "backend/BackgroundAnalyser.h"
#include "backend/CacheRoutes.h"
#include "backend/CatalogRoutes.h"
#include "backend/ChunkProvider.h"
#include "backend/CorridorKeeper.h"
#include "backend/DataFolder.h"
#include "backend/EnhanceRoutes.h"
#include "backend/Enhancer.h"
#include "backend/Events.h"
#include "backend/FavouriteRoutes.h"
#include "backend/FeatureKeeper.h"
#include "backend/FileAnalysis.h"
#include "backend/FullAnalyses.h"
#include "backend/LibraryRoutes.h"
#include "backend/Metrics.h"
#include "backend/PlanChoice.h"
#include "backend/PlayRoutes.h"
#include "backend/PlayerRoutes.h"
#include "backend/PlaylistRoutes.h"
#include "backend/Prefetch.h"
#include "backend/PresetRoutes.h"
#include "backend/PresetStore.h"
#include "backend/PrewarmJobs.h"
#include "backend/PrewarmRoutes.h"
#include "backend/Prewarmer.h"
#include "backend/QueueRoutes.h"
#include "backend/ReferenceRoutes.h"
#include "backend/ReferenceStore.h"
#include "backend/RenderScheduler.h"
#include "backend/ScanRunner.h"
#include "backend/ServerNote.h"
#include "backend/SimilarRoutes.h"
#include "backend/SimilarTracks.h"
#include "backend/SmartLists.h"
#include "backend/StatusRoutes.h"
#include "backend/StreamRequests.h"
#include "backend/TrackJson.h"
#include "backend/http/BodyFile.h"
#include "backend/http/StaticFiles.h"
#include "backend/live/LiveRoutes.h"
#include "cache/ChunkStore.h"
#include "library/Library.h"
#include "library/Watcher.h"
#include "processing/chunk/ChunkRenderer.h"

namespace segue::backend {

namespace {

/// Quick analyses take about 100 ms each; two at a time leave the rest to renders.
constexpr int kAnalysisThreads = 2;
constexpr std::size_t kMostWaitingAnalyses = 64;

/// Three quarters of an hour of uncompressed CD audio, and twice that compressed without loss.
constexpr std::int64_t kMostUploadBytes = std::int64_t{512} << 20;
constexpr int kMostUploads = 4;
/// Far more than the longest playlist takes.
constexpr std::int64_t kMostPlaylistBytes = std::int64_t{16} << 20;

/// The clock that stamps files is no later than this behind ours.
constexpr std::chrono::seconds kClockSlack{2};

/// Of resized pictures: those of 5,000 albums, in two sizes.
constexpr std::int64_t kArtworkBytes = std::int64_t{512} << 20;

int workersOf(const ApplicationOptions& options) {
    return options.workers > 0 ? options.workers
                               : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

} // namespace

struct Application::Parts {
    Parts(DataFolder dataFolder, std::unique_ptr<library::Library> opened,
          const ApplicationOptions& options)
        : folder(std::move(dataFolder)), library(std::move(opened)),
          store(cache::ChunkStore::open(folder.storeOptions())),
          scheduler(*store, {.workers = workersOf(options)}),
          provider(*store, scheduler, chunk::renderChunk,
                   [this, cacheBytes = options.cacheBytes](std::int64_t chunkBytes) {
                       return PrefetchPolicy::chunksAhead(cacheBytes, metrics.activeStreams(),
                                                          chunkBytes);
                   }),
          corridors(*library, CorridorLearning::fromMastering()), analyses(*library, corridors),
          runner(kAnalysisThreads, kMostWaitingAnalyses),
          background(*library, analyses, scheduler, analyseFile,
                     [this](const std::atomic<bool>& cancel) {
                         corridors.learnIfDue(cancel);
                         featureKeeper.catchUp(cancel);
                     }),
          plans(*library, analyses, runner, background, analyseFile),
          fullAnalyses(*library, analyses, scheduler, analyseFile), presets(folder.presets()),
          references(folder.references()),
          uploads(folder.uploads(), kMostUploadBytes, kMostUploads),
          playlistFiles(folder.uploads() / "playlists", kMostPlaylistBytes, kMostUploads),
          requests(plans, vocabulary(options.defaults)),
          scans(
              *library, [this] { afterScan(); },
              [this](const ScanRunner::Status& scan) { tellScan(scan); }),
          prefetch({.library = *library,
                    .analyses = fullAnalyses,
                    .kept = analyses,
                    .provider = provider,
                    .scheduler = scheduler,
                    .inQueue =
                        [this](library::TrackId current) {
                            return queues.next(library::kOnlyUser, current).value_or(std::nullopt);
                        },
                    .goesOn = [this](library::TrackId last) { return radioAfter(last); }}),
          prewarmer({.library = *library,
                     .analyses = fullAnalyses,
                     .kept = analyses,
                     .corridors = corridors,
                     .provider = provider,
                     .scheduler = scheduler},
                    prewarmRoom(folder.storeOptions()), vocabulary(options.defaults)),
          prewarmJobs(
              [this](const PrewarmRequest& request, const Prewarmer::Report& report,
                     std::stop_token stop) {
                  return prewarmer.run(request, report, std::move(stop));
              },
              options.prewarm,
              [this](const PrewarmJobs::Status& job) {
                  events.publish("prewarm", jobJson(job, Detail::No));
              }),
          enhancer({.library = *library,
                    .playlists = playlists,
                    .smart = smartLists,
                    .analyses = fullAnalyses,
                    .kept = analyses,
                    .corridors = corridors,
                    .scheduler = scheduler},
                   enhancePlaces(folder, options), vocabulary(options.defaults),
                   std::max(1, workersOf(options) / 2)),
          enhanceJobs(
              [this](const EnhanceRequest& request, const Enhancer::Report& report,
                     std::stop_token stop) {
                  return enhancer.run(request, report, std::move(stop));
              },
              std::nullopt,
              [this](const EnhanceJobs::Status& job) {
                  events.publish("enhance", jobJson(job, Detail::No));
              }),
          server(serverOptions(options)), note{"", options.defaults}, host(options.http.host),
          player(*library, requests, analyses, provider, metrics, prefetch),
          live(requests, analyses, provider, metrics),
          artwork(options.roots, folder.artwork(), kArtworkBytes), artworkRoutes(*library, artwork),
          tracks(*library, trackJson, plans, requests, corridors, scans),
          catalog(*library, trackJson), presetRoutes(presets, options.defaults.preset),
          referenceRoutes(references, fullAnalyses, uploads), cacheRoutes(*store, *library),
          plays(*library, trackJson, events), favouriteRoutes(favourites, trackJson, events),
          queueRoutes(queues, events), playlistRoutes({.library = *library,
                                                       .playlists = playlists,
                                                       .smart = smartLists,
                                                       .tracks = trackJson,
                                                       .events = events,
                                                       .uploads = playlistFiles}),
          similarRoutes(*library, similarTracks, trackJson),
          prewarmRoutes(backend::prewarmRoutes(prewarmJobs, prewarmer)),
          enhanceRoutes(enhanceJobs, enhancer), eventRoutes(events, std::to_string(systemNowMs())),
          status({.library = *library,
                  .scans = scans,
                  .background = background,
                  .store = *store,
                  .scheduler = scheduler,
                  .metrics = metrics,
                  .server = [this] { return server.stats(); },
                  .watch = [this] { return watcher->status(); }}) {
        watch = {.watching = options.watch, .rescanEvery = options.rescanEvery};
        roots = options.roots;
        for (auto routes :
             {player.routes(), live.routes(), artworkRoutes.routes(), tracks.routes(),
              catalog.routes(), presetRoutes.routes(), referenceRoutes.routes(),
              cacheRoutes.routes(), plays.routes(), favouriteRoutes.routes(), queueRoutes.routes(),
              playlistRoutes.routes(), similarRoutes.routes(), prewarmRoutes.routes(),
              enhanceRoutes.routes(), eventRoutes.routes(), status.routes()}) {
            for (Route& route : routes) {
                published.emplace_back(route.method, route.pattern);
                server.route(route.method, route.pattern, std::move(route.handler),
                             std::move(route.takeBody));
            }
        }
        server.fallback(http::StaticFiles({.root = options.webRoot}));
    }

    void afterScan() {
        if (const auto forgotten = library->forgetVanished(systemNowMs()); !forgotten)
            spdlog::warn("forget analyses of vanished files: {}", forgotten.error().message);
        else if (*forgotten > 0)
            spdlog::info("forgot the analyses of {} files that have been gone for a month",
                         *forgotten);
        corridors.lookAgain();
        background.lookAgain();
        similarTracks.lookAgain();
    }

    /// What a client that has come to the end of its queue goes on with by itself.
    std::optional<library::TrackId> radioAfter(library::TrackId last) {
        const auto station = similarTracks.radio(last, 0);
        if (!station || !*station || (*station)->empty())
            return std::nullopt;
        return (*station)->front();
    }

    void tellScan(const ScanRunner::Status& scan) {
        events.publish("scan", toJson(scan));
        const library::ScanProgress& counts = scan.progress;
        if (!scan.running && counts.added + counts.changed + counts.moved + counts.missing > 0)
            events.publish("library", toJson(scan));
    }

    /// The first scan goes on meanwhile: what it came too early for has changed since it began.
    void startWatching() {
        watch.changedSince = std::chrono::system_clock::now() - kClockSlack;
        watcher = std::make_unique<library::Watcher>(
            roots, watch, [this](library::ScanRequest request, library::Watcher::Cause cause) {
                scans.want(std::move(request), cause == library::Watcher::Cause::Changed
                                                   ? ScanCause::Watch
                                                   : ScanCause::Timer);
            });
    }

    static Prewarmer::Room prewarmRoom(const cache::StoreOptions& store) {
        return {store.budgetBytes, store.firstChunkBudgetBytes};
    }

    static Enhancer::Places enhancePlaces(const DataFolder& folder,
                                          const ApplicationOptions& options) {
        return {options.roots, options.enhanceTo.empty() ? folder.enhanced() : options.enhanceTo};
    }

    StreamVocabulary vocabulary(const StreamDefaults& defaults) {
        return {.preset = [this](const std::string& name) { return presets.find(name); },
                .reference = [this](const std::string& id)
                    -> Result<std::shared_ptr<const mastering::ReferenceProfile>> {
                    auto reference = references.find(id);
                    if (!reference)
                        return fail(reference.error());
                    return reference->profile;
                },
                .defaults = defaults};
    }

    http::ServerOptions serverOptions(const ApplicationOptions& options) {
        http::ServerOptions http = options.http;
        http.onRequest = [this](const http::RequestRecord& record) {
            metrics.countRequest(record);
            if (record.pattern == PlayerRoutes::kStreamPattern && record.bytesSent > 0 &&
                (record.status == 200 || record.status == 206))
                metrics.countFirstByte(record.firstByte);
        };
        return http;
    }

    DataFolder folder;
    std::unique_ptr<library::Library> library;
    library::Favourites favourites{library->access()};
    library::PlayQueues queues{library->access()};
    library::Playlists playlists{library->access()};
    SmartLists smartLists{library->access()};
    library::Features features{library->access()};
    FeatureKeeper featureKeeper{*library, features};
    SimilarTracks similarTracks{features, featureKeeper};
    const TrackJson trackJson{*library, favourites};
    std::unique_ptr<cache::ChunkStore> store;
    Metrics metrics;
    EventHub events;
    RenderScheduler scheduler;
    ChunkProvider provider;
    CorridorKeeper corridors;
    AnalysisStore analyses;
    AnalysisRunner runner;
    BackgroundAnalyser background;
    PlanChoice plans;
    FullAnalyses fullAnalyses;
    PresetStore presets;
    ReferenceStore references;
    http::BodyFolder uploads;
    http::BodyFolder playlistFiles;
    StreamRequests requests;
    ScanRunner scans;
    Prefetch prefetch;
    Prewarmer prewarmer;
    PrewarmJobs prewarmJobs;
    Enhancer enhancer;
    EnhanceJobs enhanceJobs;
    http::HttpServer server;
    ServerNote note;
    const std::string host;
    PlayerRoutes player;
    live::LiveRoutes live;
    artwork::Artwork artwork;
    ArtworkRoutes artworkRoutes;
    LibraryRoutes tracks;
    CatalogRoutes catalog;
    PresetRoutes presetRoutes;
    ReferenceRoutes referenceRoutes;
    CacheRoutes cacheRoutes;
    PlayRoutes plays;
    FavouriteRoutes favouriteRoutes;
    QueueRoutes queueRoutes;
    PlaylistRoutes playlistRoutes;
    SimilarRoutes similarRoutes;
    JobRoutes<PrewarmJobs> prewarmRoutes;
    EnhanceRoutes enhanceRoutes;
    EventRoutes eventRoutes;
    StatusRoutes status;
    std::vector<std::filesystem::path> roots;
    library::Watcher::Options watch;
    std::unique_ptr<library::Watcher> watcher; ///< from before to after the server listens
    std::vector<std::pair<std::string, std::string>> published;
};

Application::Application(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Application::~Application() {
    stop();
}

Result<std::unique_ptr<Application>> Application::open(const ApplicationOptions& options) {
    auto folder =
        DataFolder::open(options.data, {.roots = options.roots, .cacheBytes = options.cacheBytes});
    if (!folder)
        return fail(folder.error());
    auto library = library::Library::open(folder->database(), options.roots);
    if (!library)
        return fail(library.error());
    if (auto places = Enhancer::checkPlaces(Parts::enhancePlaces(*folder, options)); !places)
        return fail(places.error());
    if (auto preset = PresetStore(folder->presets()).find(options.defaults.preset); !preset)
        return fail(preset.error().code, "the default preset: " + preset.error().message);
    // Until it listens nobody is to ask the one that was there before.
    writeServerNote(folder->serverNote(), {"", options.defaults});
    return std::unique_ptr<Application>(
        new Application(std::make_unique<Parts>(std::move(*folder), std::move(*library), options)));
}

Result<int> Application::start() {
    parts_->startWatching();
    auto port = parts_->server.start();
    if (!port)
        return port;
    parts_->note.address = addressOf(parts_->host, *port);
    writeServerNote(parts_->folder.serverNote(), parts_->note);
    parts_->background.start();
    if (const auto scanning = parts_->scans.start(library::ScanDepth::Files, ScanCause::Start);
        !scanning)
        spdlog::warn("{}", scanning.error().message);
    return port;
}

void Application::stop() {
    parts_->server.stop();
    parts_->prewarmJobs.stop();
    parts_->enhanceJobs.stop();
    parts_->prefetch.stop();
    parts_->scheduler.stop();
    parts_->runner.stop();
    parts_->fullAnalyses.stop();
    parts_->background.stop();
    parts_->watcher.reset();
    parts_->scans.stop();
}

std::vector<std::pair<std::string, std::string>> Application::methodsAndPatterns() const {
    return parts_->published;
}

} // namespace segue::backend
