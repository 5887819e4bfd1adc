// Pieces of one sound, each encoded by itself: what their decoders give, put together, against the
// sound. One thread. For each piece also how long opening and decoding take, and whether seeks give
// the bits of a straight read.
//
//   segue_formats_bench REFERENCE.wav PIECE...     one line of JSON

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <random>
#include <vector>

#include <nlohmann/json.hpp>

#include "processing/decode/AudioSource.h"

namespace {

using namespace segue;
using Clock = std::chrono::steady_clock;
using Planes = std::vector<std::vector<float>>;

constexpr std::int64_t kBlockFrames = 4096;
constexpr int kSeeks = 60;
constexpr std::int64_t kSeekFrames = 3000;

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::unique_ptr<decode::AudioSource> opened(const char* path) {
    auto source = decode::openSource(path);
    if (!source)
        throw std::runtime_error(source.error().message);
    return std::move(*source);
}

Planes read(decode::AudioSource& source, std::int64_t numFrames) {
    Planes planes(static_cast<std::size_t>(source.info().numChannels));
    AudioBuffer buffer(source.info().numChannels, kBlockFrames);
    while (numFrames > 0) {
        const auto got = source.read(buffer.block(std::min(numFrames, kBlockFrames)));
        if (!got)
            throw std::runtime_error(got.error().message);
        if (*got == 0)
            break;
        for (std::size_t c = 0; c < planes.size(); ++c) {
            const float* from = buffer.channel(static_cast<int>(c));
            planes[c].insert(planes[c].end(), from, from + *got);
        }
        numFrames -= *got;
    }
    return planes;
}

/// Of what was sought, how many places were not what a straight read gave there.
int wrongSeeks(decode::AudioSource& source, const Planes& whole) {
    std::mt19937 random(5);
    int wrong = 0;
    for (int i = 0; i < kSeeks && !whole[0].empty(); ++i) {
        const auto frame = static_cast<std::int64_t>(random() % whole[0].size());
        if (!source.seek(frame)) {
            ++wrong;
            continue;
        }
        const Planes part = read(source, kSeekFrames);
        for (std::size_t c = 0; c < part.size(); ++c)
            if (std::memcmp(part[c].data(), whole[c].data() + frame,
                            part[c].size() * sizeof(float)) != 0) {
                ++wrong;
                break;
            }
    }
    return wrong;
}

/// dB of `wanted` over the difference, in frames [from, to).
double signalToError(const Planes& wanted, const Planes& got, std::int64_t from, std::int64_t to) {
    double signal = 0, error = 0;
    for (std::size_t c = 0; c < wanted.size(); ++c)
        for (auto n = static_cast<std::size_t>(from); n < static_cast<std::size_t>(to); ++n) {
            const double difference = wanted[c][n] - got[c][n];
            signal += double{wanted[c][n]} * wanted[c][n];
            error += difference * difference;
        }
    return error == 0 ? 999 : 10 * std::log10(signal / error);
}

int run(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: %s REFERENCE.wav PIECE...\n", argv[0]);
        return 2;
    }
    const auto reference = opened(argv[1]);
    const Planes wanted = read(*reference, reference->info().numFrames);
    Planes joined(wanted.size());
    double openMs = 0, decodeSeconds = 0, seekMs = 0;
    int wrong = 0;
    std::int64_t declared = 0, atJoin = 0;
    std::string codec;
    for (int i = 2; i < argc; ++i) {
        auto start = Clock::now();
        const auto source = opened(argv[i]);
        openMs += 1000 * secondsSince(start) / (argc - 2);
        start = Clock::now();
        const Planes piece = read(*source, source->info().numFrames);
        decodeSeconds += secondsSince(start);
        if (piece.size() != joined.size())
            throw std::runtime_error("another number of channels");
        start = Clock::now();
        wrong += wrongSeeks(*source, piece);
        seekMs += 1000 * secondsSince(start) / kSeeks / (argc - 2);
        declared += source->info().numFrames;
        codec = source->info().codec;
        if (i == 3)
            atJoin = static_cast<std::int64_t>(joined[0].size());
        for (std::size_t c = 0; c < piece.size(); ++c)
            joined[c].insert(joined[c].end(), piece[c].begin(), piece[c].end());
    }
    const auto numWanted = static_cast<std::int64_t>(wanted[0].size());
    const auto numJoined = static_cast<std::int64_t>(joined[0].size());
    const std::int64_t both = std::min(numWanted, numJoined);
    const std::int64_t around = reference->info().sampleRateHz / 50;
    const nlohmann::ordered_json line{
        {"codec", codec},
        {"frames", numJoined},
        {"declared", declared},
        {"tooMany", numJoined - numWanted},
        {"snrDb", signalToError(wanted, joined, 0, both)},
        {"joinSnrDb", atJoin > around && atJoin + around < both
                          ? signalToError(wanted, joined, atJoin - around, atJoin + around)
                          : 0.0},
        {"openMs", openMs},
        {"timesRealtime", static_cast<double>(numJoined) / reference->info().sampleRateHz /
                              std::max(decodeSeconds, 1e-9)},
        {"seekMs", seekMs},
        {"wrongSeeks", wrong}};
    std::printf("%s\n", line.dump().c_str());
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "segue_formats_bench: %s\n", e.what());
        return 1;
    }
}
