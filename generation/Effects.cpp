// What happens to a mix after the instruments: room, echo, ducking, loudness and ceiling.
// Whole-file passes on the thread that renders the piece; deterministic.

#include "generation/Effects.h"

#include <array>
#include <cassert>
#include <deque>
#include <memory>
#include <utility>

#include <ebur128.h>

namespace segue::generation {
namespace {

constexpr double kTau = 2.0 * std::numbers::pi;
constexpr std::size_t kLines = 8;

class DelayLine {
  public:
    explicit DelayLine(std::size_t length) : samples_(length, 0.0f) {}
    float oldest() const noexcept { return samples_[at_]; }
    /// `delay` frames back, fractional, delay in [1, length - 1].
    float tap(double delay) const noexcept {
        const auto whole = static_cast<std::size_t>(delay);
        const auto fraction = static_cast<float>(delay - static_cast<double>(whole));
        const float a = samples_[(at_ + samples_.size() - whole) % samples_.size()];
        const float b = samples_[(at_ + samples_.size() - whole - 1) % samples_.size()];
        return a + fraction * (b - a);
    }
    void push(float x) noexcept {
        samples_[at_] = x;
        at_ = at_ + 1 == samples_.size() ? 0 : at_ + 1;
    }

  private:
    std::vector<float> samples_;
    std::size_t at_ = 0;
};

class Diffuser {
  public:
    explicit Diffuser(std::size_t length) : line_(length) {}
    float process(float x) noexcept {
        constexpr float kGain = 0.62f;
        const float delayed = line_.oldest();
        const float in = x - kGain * delayed;
        line_.push(in);
        return delayed + kGain * in;
    }

  private:
    DelayLine line_;
};

using Lines = std::array<float, kLines>;

/// Hadamard matrix of order 8, scaled to keep energy.
void mix(Lines& x) {
    for (std::size_t width = 1; width < kLines; width *= 2)
        for (std::size_t i = 0; i < kLines; i += 2 * width)
            for (std::size_t j = i; j < i + width; ++j) {
                const float a = x[j];
                const float b = x[j + width];
                x[j] = a + b;
                x[j + width] = a - b;
            }
    for (float& value : x)
        value *= 0.35355339f;
}

double integratedLufs(Bus& mixed) {
    const std::unique_ptr<ebur128_state, void (*)(ebur128_state*)> meter(
        ebur128_init(2, kSampleRateHz, EBUR128_MODE_I),
        [](ebur128_state* state) { ebur128_destroy(&state); });
    assert(meter);
    std::vector<float> interleaved(static_cast<std::size_t>(2 * mixed.frames()));
    for (std::int64_t i = 0; i < mixed.frames(); ++i) {
        interleaved[static_cast<std::size_t>(2 * i)] = mixed.left()[i];
        interleaved[static_cast<std::size_t>(2 * i + 1)] = mixed.right()[i];
    }
    double lufs = -HUGE_VAL;
    if (ebur128_add_frames_float(meter.get(), interleaved.data(),
                                 static_cast<std::size_t>(mixed.frames())) != EBUR128_SUCCESS ||
        ebur128_loudness_global(meter.get(), &lufs) != EBUR128_SUCCESS)
        return -HUGE_VAL;
    return lufs;
}

/// Gain that keeps every frame below the ceiling: needed gain, its minimum over a look-ahead
/// window, a release, and two averages as long as the window together, which may start early but
/// never late.
void limit(Bus& mixed, double ceilingDbfs) {
    constexpr std::int64_t kHalfWindow = 110; // 2.5 ms
    const auto ceiling = static_cast<float>(linearOfDb(ceilingDbfs));
    const std::int64_t frames = mixed.frames();
    std::vector<float> gain(static_cast<std::size_t>(frames));
    for (std::int64_t i = 0; i < frames; ++i) {
        const float peak = std::max(std::abs(mixed.left()[i]), std::abs(mixed.right()[i]));
        gain[static_cast<std::size_t>(i)] = peak > ceiling ? ceiling / peak : 1.0f;
    }
    std::vector<float> smallest(gain.size());
    std::deque<std::int64_t> window;
    for (std::int64_t i = 0; i < frames + 2 * kHalfWindow; ++i) {
        if (i < frames) {
            while (!window.empty() && gain[static_cast<std::size_t>(window.back())] >=
                                          gain[static_cast<std::size_t>(i)])
                window.pop_back();
            window.push_back(i);
        }
        const std::int64_t centre = i - 2 * kHalfWindow;
        if (centre < 0)
            continue;
        while (window.front() < centre - 2 * kHalfWindow)
            window.pop_front();
        smallest[static_cast<std::size_t>(centre)] = gain[static_cast<std::size_t>(window.front())];
    }
    const auto recovery = static_cast<float>(1.0 - std::exp(-1.0 / (0.08 * kSampleRateHz)));
    float held = 1.0f;
    for (float& g : smallest) {
        held = std::min(g, held + (1.0f - held) * recovery);
        g = held;
    }
    for (int pass = 0; pass < 2; ++pass) {
        double sum = 0;
        std::vector<float> averaged(smallest.size());
        const auto at = [&](std::int64_t i) {
            return static_cast<double>(
                smallest[static_cast<std::size_t>(std::clamp<std::int64_t>(i, 0, frames - 1))]);
        };
        for (std::int64_t i = -kHalfWindow; i <= kHalfWindow; ++i)
            sum += at(i);
        for (std::int64_t i = 0; i < frames; ++i) {
            averaged[static_cast<std::size_t>(i)] =
                static_cast<float>(sum / (2.0 * kHalfWindow + 1.0));
            sum += at(i + kHalfWindow + 1) - at(i - kHalfWindow);
        }
        smallest.swap(averaged);
    }
    for (std::int64_t i = 0; i < frames; ++i) {
        const float g = smallest[static_cast<std::size_t>(i)];
        mixed.left()[i] = std::clamp(mixed.left()[i] * g, -ceiling, ceiling);
        mixed.right()[i] = std::clamp(mixed.right()[i] * g, -ceiling, ceiling);
    }
}

} // namespace

Bus reverberated(Bus& dry, const Room& room) {
    // Frames; mutually prime, spread so that no two echoes coincide for long.
    constexpr std::array<double, kLines> kLengths{1361, 1559, 1787, 2039, 2311, 2593, 2917, 3253};
    constexpr std::array<std::size_t, 4> kDiffusers[2] = {{149, 211, 347, 523},
                                                          {157, 227, 367, 541}};
    constexpr double kSwayFrames = 6.0;
    Bus wet(static_cast<double>(dry.frames()) / kSampleRateHz);
    std::vector<DelayLine> lines;
    Lines feedback{};
    Lines lowState{};
    std::array<double, kLines> delays{};
    for (std::size_t n = 0; n < kLines; ++n) {
        delays[n] = kLengths[n] * room.size;
        lines.emplace_back(static_cast<std::size_t>(delays[n] + 2 * kSwayFrames) + 4);
        feedback[n] =
            static_cast<float>(std::pow(10.0, -3.0 * delays[n] / (room.seconds * kSampleRateHz)));
    }
    std::vector<Diffuser> diffusers[2];
    for (std::size_t c = 0; c < 2; ++c)
        for (const std::size_t length : kDiffusers[c])
            diffusers[c].emplace_back(length);
    const auto damping = static_cast<float>(1.0 - std::exp(-kTau * room.dampingHz / kSampleRateHz));
    const std::int64_t predelay = framesOf(room.predelaySeconds);
    std::array<double, kLines> sways{};
    for (std::int64_t i = predelay; i < dry.frames(); ++i) {
        float in[2] = {dry.left()[i - predelay], dry.right()[i - predelay]};
        for (std::size_t c = 0; c < 2; ++c)
            for (Diffuser& diffuser : diffusers[c])
                in[c] = diffuser.process(in[c]);
        if (i % 32 == 0)
            for (std::size_t n = 0; n < kLines; ++n)
                sways[n] =
                    kSwayFrames * (1.0 + std::sin(kTau * (0.31 + 0.067 * static_cast<double>(n)) *
                                                  static_cast<double>(i) / kSampleRateHz));
        Lines x;
        for (std::size_t n = 0; n < kLines; ++n) {
            const float delayed = lines[n].tap(delays[n] + sways[n]);
            lowState[n] += damping * (delayed - lowState[n]);
            x[n] = lowState[n] * feedback[n];
        }
        wet.left()[i] = 0.5f * (x[0] + x[2] - x[4] + x[6]);
        wet.right()[i] = 0.5f * (x[1] - x[3] + x[5] + x[7]);
        mix(x);
        for (std::size_t n = 0; n < kLines; ++n)
            lines[n].push(x[n] + 0.5f * in[n % 2]);
    }
    return wet;
}

Bus pingPong(Bus& dry, double seconds, double feedback, double dampingHz) {
    Bus wet(static_cast<double>(dry.frames()) / kSampleRateHz);
    const auto length = static_cast<std::size_t>(std::max<std::int64_t>(1, framesOf(seconds)));
    DelayLine left(length);
    DelayLine right(length);
    Biquad dull[2] = {Biquad::lowPass(dampingHz), Biquad::lowPass(dampingHz)};
    const auto gain = static_cast<float>(feedback);
    for (std::int64_t i = 0; i < dry.frames(); ++i) {
        const float l = left.oldest();
        const float r = right.oldest();
        wet.left()[i] = l;
        wet.right()[i] = r;
        left.push(dull[0].process(0.5f * (dry.left()[i] + dry.right()[i]) + gain * r));
        right.push(dull[1].process(gain * l));
    }
    return wet;
}

void duck(Bus& bus, const std::vector<double>& times, double depth, double recoverySeconds) {
    std::vector<float> gain(static_cast<std::size_t>(bus.frames()), 1.0f);
    const std::int64_t dip = framesOf(0.012);
    const std::int64_t length = framesOf(recoverySeconds);
    for (const double time : times)
        for (std::int64_t n = -dip; n < length; ++n) {
            const std::int64_t i = framesOf(time) + n;
            if (i < 0 || i >= bus.frames())
                continue;
            const double phase = n < 0 ? 1.0 - static_cast<double>(-n) / static_cast<double>(dip)
                                       : 1.0 - static_cast<double>(n) / static_cast<double>(length);
            const double amount = 0.5 - 0.5 * std::cos(std::numbers::pi * phase);
            float& g = gain[static_cast<std::size_t>(i)];
            g = std::min(g, static_cast<float>(1.0 - depth * amount));
        }
    for (std::int64_t i = 0; i < bus.frames(); ++i) {
        bus.left()[i] *= gain[static_cast<std::size_t>(i)];
        bus.right()[i] *= gain[static_cast<std::size_t>(i)];
    }
}

bool finish(Bus& mixed, const Finish& spec) {
    mixed.filter(Biquad::highPass(22));
    const std::int64_t fadeIn = std::min(mixed.frames(), framesOf(0.01));
    const std::int64_t fadeOut = std::min(mixed.frames(), framesOf(spec.fadeOutSeconds));
    for (int c = 0; c < 2; ++c) {
        float* samples = mixed.buffer().channel(c);
        for (std::int64_t i = 0; i < fadeIn; ++i)
            samples[i] *= static_cast<float>(i) / static_cast<float>(fadeIn);
        for (std::int64_t i = 0; i < fadeOut; ++i) {
            const double x = static_cast<double>(i) / static_cast<double>(fadeOut);
            samples[mixed.frames() - 1 - i] *=
                static_cast<float>(0.5 - 0.5 * std::cos(std::numbers::pi * x));
        }
    }
    // Limiting takes a little loudness away: three rounds come close enough.
    for (int round = 0; round < 3; ++round) {
        const double lufs = integratedLufs(mixed);
        if (!std::isfinite(lufs))
            return false;
        mixed.gainDb(spec.integratedLufs - lufs);
        limit(mixed, spec.ceilingDbfs);
    }
    return true;
}

} // namespace segue::generation
