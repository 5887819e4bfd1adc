// The identity of a stream and of its chunks. Pure functions of the spec: what is not hashed here
// must not change a byte that is delivered.
#include "backend/StreamSpec.h"

namespace segue::backend {

namespace {

/// Raised when the sections of a payload change their order or meaning (chunk::ChunkLayout).
constexpr std::uint32_t kLayoutVersion = 1;

/// The plan together with the shape of what it is applied to: two analyses of one file may differ
/// in the length they found.
Hash128 shapedPlanId(const StreamSpec& spec) {
    return Hasher()
        .number(spec.planId.high)
        .number(spec.planId.low)
        .number(static_cast<std::uint64_t>(spec.numFrames))
        .number(static_cast<std::uint64_t>(spec.format.sampleRateHz))
        .number(static_cast<std::uint64_t>(spec.format.numChannels))
        .finish();
}

std::uint32_t formatId(const StreamSpec& spec) {
    return kLayoutVersion << 8 | static_cast<std::uint32_t>(bitsPerSample(spec.format.pcm));
}

} // namespace

cache::ChunkKey StreamSpec::chunkKey(std::int64_t chunk) const {
    return cache::chunkKey({.content = content,
                            .plan = shapedPlanId(*this),
                            .chainVersion = chunk::kChainVersion,
                            .formatId = formatId(*this),
                            .chunkIndex = static_cast<std::uint64_t>(chunk)});
}

chunk::RenderRequest StreamSpec::renderRequest(std::int64_t chunk) const {
    return {.path = path,
            .stamp = stamp,
            .plan = plan,
            .format = format,
            .numFrames = numFrames,
            .chunk = chunk};
}

Hash128 StreamSpec::identity() const {
    const Hash128 plan128 = shapedPlanId(*this);
    return Hasher()
        .number(content.high)
        .number(content.low)
        .number(plan128.high)
        .number(plan128.low)
        .number(chunk::kChainVersion)
        .number(formatId(*this))
        .finish();
}

cache::ChunkAbout StreamSpec::about(std::int64_t chunk) const {
    return {.source = content,
            .stream = identity(),
            .preset = plan->preset,
            .intensity = plan->intensity,
            .chunk = static_cast<std::uint32_t>(chunk),
            .sampleRateHz = format.sampleRateHz,
            .numChannels = format.numChannels,
            .bitsPerSample = bitsPerSample(format.pcm),
            .dithered = chunk::ditherOf(*plan) == encode::Dither::Tpdf,
            .numFrames = numFrames};
}

std::string StreamSpec::etag() const {
    return '"' + identity().hex() + '"';
}

} // namespace segue::backend
