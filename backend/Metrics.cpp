// Counters and their exposition. Counting is done on connection threads and costs a short lock;
// the text is made only when somebody asks for /metrics.
#include "backend/Metrics.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string_view>

namespace segue::backend {

namespace {

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
}
std::string number(std::int64_t value) {
    return std::to_string(value);
}

/// Writes families one after another: a header line each, then samples.
class Exposition {
  public:
    Exposition& family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
        text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
        return *this;
    }
    template <typename Number>
    Exposition& sample(Number value, std::string_view labels = {}, std::string_view suffix = {}) {
        text_.append(name_).append(suffix);
        if (!labels.empty())
            text_.append("{").append(labels).append("}");
        text_.append(" ").append(number(value)).append("\n");
        return *this;
    }
    std::string take() { return std::move(text_); }

  private:
    std::string name_, text_;
};

struct ProcessFigures {
    std::int64_t residentBytes = 0;
    std::int64_t threads = 0;
};

ProcessFigures readProcess() {
    ProcessFigures figures;
    std::int64_t pages = 0, residentPages = 0;
    if (std::ifstream statm("/proc/self/statm"); statm >> pages >> residentPages)
        figures.residentBytes = residentPages * sysconf(_SC_PAGESIZE);
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == "Threads:")
            status >> figures.threads;
    return figures;
}

std::string label(std::string_view name, std::string_view value) {
    return std::string(name) + "=\"" + std::string(value) + "\"";
}

void writeRenders(Exposition& out, const SchedulerStats& stats) {
    out.family("segue_renders_total", "counter", "Chunk renders that ended, by outcome.")
        .sample(stats.rendered, label("outcome", "rendered"))
        .sample(stats.failed, label("outcome", "failed"))
        .sample(stats.cancelled, label("outcome", "cancelled"))
        .sample(stats.refused, label("outcome", "refused"));
    out.family("segue_render_joined_total", "counter",
               "Requests for a chunk that was queued or being rendered already.")
        .sample(stats.joined);
    out.family("segue_render_queue_depth", "gauge", "Queued chunk renders, by class.");
    for (std::size_t i = 0; i < kNumRenderClasses; ++i)
        out.sample(stats.queued[i], label("class", nameOf(static_cast<RenderClass>(i))));
    out.family("segue_renders_running", "gauge", "Chunk renders that run now.")
        .sample(stats.running);
    out.family("segue_render_seconds_total", "counter", "Time spent in renders that succeeded.")
        .sample(stats.renderSeconds);
    out.family("segue_render_audio_seconds_total", "counter", "Audio that these renders made.")
        .sample(stats.audioSeconds);
}

void writeCache(Exposition& out, const cache::StoreStats& stats) {
    out.family("segue_cache_hits_total", "counter", "Chunks found in the cache.")
        .sample(stats.hits);
    out.family("segue_cache_misses_total", "counter", "Chunks not found in the cache.")
        .sample(stats.misses);
    out.family("segue_cache_published_total", "counter", "Chunks written to the cache.")
        .sample(stats.published);
    out.family("segue_cache_evicted_total", "counter", "Chunks evicted from the cache.")
        .sample(stats.evicted);
    out.family("segue_cache_corrupt_total", "counter", "Cached chunks whose bytes were wrong.")
        .sample(stats.corrupt);
    out.family("segue_cache_write_failures_total", "counter",
               "Chunks that the disk refused to keep.")
        .sample(stats.writeFailures);
    out.family("segue_cache_chunks", "gauge", "Chunks in the cache.").sample(stats.chunks);
    out.family("segue_cache_bytes", "gauge", "Bytes in the cache, by budget.")
        .sample(stats.bytes, label("budget", "general"))
        .sample(stats.firstChunkBytes, label("budget", "first_chunk"));
}

} // namespace

void Metrics::countRequest(const http::RequestRecord& record) {
    std::lock_guard lock(mutex_);
    ++(record.abandoned ? cancelled_ : responsesByStatus_[record.status]);
    bytesSent_ += record.bytesSent;
    incomplete_ += !record.complete;
}

void Metrics::countFirstByte(std::chrono::microseconds time) {
    const double seconds = std::chrono::duration<double>(time).count();
    std::size_t bucket = 0;
    while (bucket < kBucketSeconds.size() && seconds > kBucketSeconds[bucket])
        ++bucket;
    std::lock_guard lock(mutex_);
    ++firstBytes_[bucket];
    firstByteSeconds_ += seconds;
}

std::string Metrics::text(const SchedulerStats& scheduler, const cache::StoreStats& store,
                          const http::ServerStats& server, std::int64_t analysesPending) const {
    Exposition out;
    out.family("segue_streams_active", "gauge", "Streams that are being delivered.")
        .sample(activeStreams());
    writeRenders(out, scheduler);
    out.family("segue_analyses_pending", "gauge", "Tracks known to wait for a full analysis.")
        .sample(analysesPending);
    writeCache(out, store);
    {
        std::lock_guard lock(mutex_);
        out.family("segue_first_byte_seconds", "histogram",
                   "From a whole request to the first byte of its stream.");
        std::int64_t upTo = 0;
        for (std::size_t i = 0; i < kBucketSeconds.size(); ++i) {
            upTo += firstBytes_[i];
            out.sample(upTo, label("le", number(kBucketSeconds[i])), "_bucket");
        }
        upTo += firstBytes_.back();
        out.sample(upTo, label("le", "+Inf"), "_bucket");
        out.sample(firstByteSeconds_, {}, "_sum").sample(upTo, {}, "_count");
        out.family("segue_http_responses_total", "counter",
                   "HTTP answers, by status; cancelled: the client left before the first byte.");
        for (const auto& [status, count] : responsesByStatus_)
            out.sample(count, label("status", std::to_string(status)));
        out.sample(cancelled_, label("status", "cancelled"));
        out.family("segue_http_sent_bytes_total", "counter", "Bytes of HTTP answers.")
            .sample(bytesSent_);
        out.family("segue_http_incomplete_total", "counter",
                   "HTTP answers that did not go out whole.")
            .sample(incomplete_);
    }
    out.family("segue_http_connections", "gauge", "Open connections.")
        .sample(std::int64_t{server.openConnections});
    out.family("segue_http_refused_total", "counter", "Connections refused for want of a thread.")
        .sample(server.refused);
    out.family("segue_http_bad_requests_total", "counter",
               "Requests refused before any handler saw them.")
        .sample(server.badRequests);
    const ProcessFigures process = readProcess();
    out.family("process_resident_memory_bytes", "gauge", "Resident memory.")
        .sample(process.residentBytes);
    out.family("process_threads", "gauge", "Threads.").sample(process.threads);
    return out.take();
}

} // namespace segue::backend
