// Answers with the bytes of a resource, or a range of them. Runs on the connection's thread, inside
// the handler for the first block and as the library's content provider for the rest. The library's
// own range code never runs: it is given a body of exactly the length that will be sent, and no
// ranges.

#include "backend/http/RangeResponder.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <variant>

#include <spdlog/spdlog.h>

#include "backend/http/ByteRange.h"
#include "backend/http/Preconditions.h"
#include "backend/http/Problem.h"

namespace segue::http {
namespace {

/// Small, so that the first bytes of a chunk that is being rendered leave early.
constexpr std::int64_t kFirstBlockBytes = 8 << 10;
/// Beyond it, larger blocks save no measurable time.
constexpr std::int64_t kBlockBytes = 64 << 10;

/// One answer on its way; owned by the content provider.
class RangedBody {
  public:
    RangedBody(RangedResource resource, ByteRange range, const Liveness& liveness, std::string path)
        : resource_(std::move(resource)), range_(range), liveness_(liveness),
          path_(std::move(path)) {}

    /// Reads the first block. To be called before the first provide().
    Result<void> prefetch() {
        auto got = readBlock(0, kFirstBlockBytes);
        if (!got)
            return fail(std::move(got.error()));
        prefetched_ = *got;
        return {};
    }

    /// @param position  relative to the range
    bool provide(std::int64_t position, httplib::DataSink& sink) {
        if (position != 0) {
            auto got = readBlock(position, kBlockBytes);
            if (!got) {
                if (!liveness_.ended())
                    spdlog::warn("http: '{}' ends early, {} of {} bytes sent: {}", path_, position,
                                 range_.length, got.error().message);
                return false;
            }
            prefetched_ = *got;
        }
        return sink.write(reinterpret_cast<const char*>(block_.get()), prefetched_);
    }

  private:
    Result<std::size_t> readBlock(std::int64_t position, std::int64_t maxBytes) {
        const auto want = static_cast<std::size_t>(std::min(maxBytes, range_.length - position));
        if (blockBytes_ < want) {
            block_ = std::make_unique_for_overwrite<std::byte[]>(want);
            blockBytes_ = want;
        }
        auto got = resource_.read(range_.offset + position, {block_.get(), want}, liveness_);
        if (got && (*got == 0 || *got > want))
            return fail(ErrorCode::Internal, "a resource gave " + std::to_string(*got) + " of " +
                                                 std::to_string(want) + " bytes");
        return got;
    }

    RangedResource resource_;
    ByteRange range_;
    const Liveness& liveness_;
    std::string path_;
    std::unique_ptr<std::byte[]> block_;
    std::size_t blockBytes_ = 0;
    std::size_t prefetched_ = 0;
};

void setRepresentationHeaders(httplib::Response& res, const RangedResource& resource) {
    if (!resource.etag.empty())
        res.set_header("ETag", resource.etag);
    if (resource.lastModified)
        res.set_header("Last-Modified", formatHttpDate(*resource.lastModified));
    if (!resource.cacheControl.empty())
        res.set_header("Cache-Control", resource.cacheControl);
    for (const auto& [name, value] : resource.headers)
        res.set_header(name, value);
}

/// The headers of a 200 or 206, and its body except to HEAD.
void sendBody(const RequestContext& ctx, httplib::Response& res, RangedResource resource,
              ByteRange range, int status) {
    const std::int64_t total = resource.length;
    const std::string contentType = resource.contentType;
    std::shared_ptr<RangedBody> body;
    httplib::Headers headersBefore = res.headers;
    setRepresentationHeaders(res, resource);
    if (!ctx.isHead() && range.length > 0) {
        body = std::make_shared<RangedBody>(std::move(resource), range, ctx.liveness,
                                            ctx.request.path);
        if (auto started = body->prefetch(); !started) {
            res.headers = std::move(headersBefore);
            respond(ctx, res, started.error());
            return;
        }
    }
    res.status = status;
    res.set_header("Accept-Ranges", "bytes");
    if (status == 206)
        res.set_header("Content-Range", "bytes " + std::to_string(range.offset) + "-" +
                                            std::to_string(range.offset + range.length - 1) + "/" +
                                            std::to_string(total));
    if (range.length == 0) {
        res.set_content(std::string{}, contentType);
        return;
    }
    res.set_content_provider(
        static_cast<std::size_t>(range.length), contentType,
        [body](std::size_t position, std::size_t /*length*/, httplib::DataSink& sink) {
            return body->provide(static_cast<std::int64_t>(position), sink);
        });
}

} // namespace

void serveRanged(const RequestContext& ctx, httplib::Response& res, RangedResource resource) {
    assert(resource.length >= 0 && resource.read);
    const Validators validators{resource.etag, resource.lastModified};
    switch (evaluatePreconditions(ctx.request.headers, validators)) {
    case Precondition::NotModified:
        setRepresentationHeaders(res, resource);
        res.status = 304;
        return;
    case Precondition::Failed:
        respond(res, Problem{"precondition-failed", 412, "Precondition failed",
                             "this is no longer the version that was asked for", ctx.request.path});
        return;
    case Precondition::Proceed:
        break;
    }
    RangeOutcome outcome = WholeBody{};
    const auto range = ctx.header("Range");
    if (range && ctx.request.method == "GET" && ifRangeHolds(ctx.request.headers, validators))
        outcome = parseRange(*range, resource.length);
    if (std::holds_alternative<Unsatisfiable>(outcome)) {
        const std::int64_t length = resource.length;
        respond(res,
                Problem{"range-not-satisfiable", 416, "Range not satisfiable",
                        "the resource has " + std::to_string(length) + " bytes", ctx.request.path});
        res.set_header("Content-Range", "bytes */" + std::to_string(length));
        res.set_header("Accept-Ranges", "bytes");
        return;
    }
    const auto* part = std::get_if<ByteRange>(&outcome);
    const ByteRange sent = part ? *part : ByteRange{0, resource.length};
    sendBody(ctx, res, std::move(resource), sent, part ? 206 : 200);
}

} // namespace segue::http
