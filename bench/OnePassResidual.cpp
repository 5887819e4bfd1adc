// The chain over a whole track in one go: what a chunked stream must sound like. Shares analysis,
// plan and chain with the server, and none of its chunking.

#include "bench/OnePassResidual.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <utility>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/chunk/ChunkGeometry.h"
#include "processing/decode/AudioSource.h"
#include "processing/scorecard/OnePass.h"

namespace segue::bench {

namespace {

constexpr std::int64_t kBlockFrames = 4096;

/// @param firstFrame  of the block in the track
using BlockSink = std::function<Result<void>(const AudioBlock& block, std::int64_t firstFrame)>;

Result<analysis::TrackAnalysis> analyseWhole(const std::filesystem::path& path) {
    auto source = decode::openSource(path);
    if (!source)
        return fail(source.error());
    const std::atomic<bool> cancel{false};
    return analysis::analyse(**source, analysis::Coverage::Full, cancel);
}

Result<void> onePass(const std::filesystem::path& path, const mastering::MasteringPlan& plan,
                     std::int64_t numFrames, const BlockSink& sink) {
    auto pass = scorecard::OnePass::open(path, plan);
    if (!pass)
        return fail(pass.error());
    AudioBuffer buffer(plan.numChannels, kBlockFrames);
    for (std::int64_t frame = 0; frame < numFrames; frame += kBlockFrames) {
        const AudioBlock block = buffer.block(std::min(kBlockFrames, numFrames - frame));
        if (auto read = (*pass)->read(block); !read)
            return read;
        if (auto sent = sink(block, frame); !sent)
            return sent;
    }
    return {};
}

std::uint32_t littleEndian32(const char* bytes) {
    std::array<unsigned char, 4> b{};
    std::memcpy(b.data(), bytes, b.size());
    return b[0] | b[1] << 8 | b[2] << 16 | static_cast<std::uint32_t>(b[3]) << 24;
}

/// Moves to the first sample of a WAV file that is at most 4 GiB long. @return bytes of samples
Result<std::int64_t> findSamples(std::ifstream& file, const std::filesystem::path& path) {
    std::array<char, 12> riff{};
    if (!file.read(riff.data(), riff.size()) || std::memcmp(riff.data(), "RIFF", 4) != 0 ||
        std::memcmp(riff.data() + 8, "WAVE", 4) != 0)
        return fail(ErrorCode::Corrupt, "'" + path.string() + "': no RIFF WAVE file");
    std::array<char, 8> head{};
    while (file.read(head.data(), head.size())) {
        const std::int64_t size = littleEndian32(head.data() + 4);
        if (std::memcmp(head.data(), "data", 4) == 0)
            return size;
        file.seekg(size + size % 2, std::ios::cur);
    }
    return fail(ErrorCode::Corrupt, "'" + path.string() + "': no data chunk");
}

Result<Residual> compare(const std::filesystem::path& source,
                         const analysis::TrackAnalysis& analysed, const SavedStream& stream) {
    const mastering::MasteringPlan plan =
        mastering::makePlan(analysed, stream.preset, stream.intensity);
    std::ifstream file(stream.path, std::ios::binary);
    const auto dataBytes = findSamples(file, stream.path);
    if (!dataBytes)
        return fail(dataBytes.error());
    const auto frameBytes = static_cast<std::int64_t>(sizeof(float)) * plan.numChannels;
    if (*dataBytes != analysed.numFrames * frameBytes)
        return fail(ErrorCode::Corrupt,
                    "'" + stream.path.string() + "': not 32-bit, or not as long as the track");

    Residual residual;
    residual.planId = mastering::hashOf(plan).hex();
    residual.frames = analysed.numFrames;
    const chunk::ChunkGeometry geometry(analysed.sampleRateHz, analysed.numFrames);
    std::vector<float> streamed;
    double squares = 0;
    const auto sink = [&](const AudioBlock& block, std::int64_t firstFrame) -> Result<void> {
        streamed.resize(static_cast<std::size_t>(block.numFrames * block.numChannels));
        if (!file.read(reinterpret_cast<char*>(streamed.data()), block.numFrames * frameBytes))
            return fail(ErrorCode::Corrupt, "'" + stream.path.string() + "': ends too soon");
        for (std::int64_t i = 0; i < block.numFrames; ++i) {
            const std::int64_t frame = firstFrame + i;
            const bool inSeam = frame < geometry.seam(geometry.chunkOf(frame)).end;
            for (int c = 0; c < block.numChannels; ++c) {
                const float have = streamed[static_cast<std::size_t>(i * block.numChannels + c)];
                const float want = block.channels[c][i];
                if (std::bit_cast<std::uint32_t>(have) == std::bit_cast<std::uint32_t>(want))
                    continue;
                ++residual.differentSamples;
                const double difference =
                    std::fabs(static_cast<double>(have) - static_cast<double>(want));
                squares += difference * difference;
                if (inSeam)
                    residual.seamPeak = std::max(residual.seamPeak, difference);
                // A NaN must not hide: it compares false and so becomes the peak.
                if (!(difference <= residual.peak)) {
                    residual.peak = difference;
                    residual.peakFrame = frame;
                }
            }
        }
        return {};
    };
    if (auto compared = onePass(source, plan, analysed.numFrames, sink); !compared)
        return fail(compared.error());
    residual.rms = std::sqrt(squares / static_cast<double>(std::max<std::int64_t>(
                                           residual.frames * plan.numChannels, 1)));
    return residual;
}

} // namespace

Result<std::vector<Residual>> compareWithOnePass(const std::filesystem::path& source,
                                                 const std::vector<SavedStream>& streams) {
    const auto analysed = analyseWhole(source);
    if (!analysed)
        return fail(analysed.error());
    std::vector<Residual> residuals;
    for (const SavedStream& stream : streams) {
        auto residual = compare(source, *analysed, stream);
        if (!residual)
            return fail(residual.error());
        residuals.push_back(std::move(*residual));
    }
    return residuals;
}

} // namespace segue::bench
