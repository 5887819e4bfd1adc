// Instruments that imitate what is struck, plucked or bowed. Each note is added to the caller's
// bus; nothing but the instrument's own random source lasts from note to note, so equal scores give
// equal sound.

#include <array>
#include <cassert>

#include "generation/Instruments.h"

namespace segue::generation {
namespace {

constexpr double kTau = 2.0 * std::numbers::pi;
constexpr int kLanes = 8;

/// Decaying sines, each a rotating complex number; lanes keep the compiler's vectors full.
template <int Partials>
struct Resonators {
    static_assert(Partials % kLanes == 0);
    alignas(32) std::array<float, Partials> re{}, im{}, cosine{}, sine{};

    void set(int partial, double hz, double amplitude, double phase, double decaySeconds) {
        const auto i = static_cast<std::size_t>(partial);
        const double w = kTau * hz / kSampleRateHz;
        const double decay = decayPerFrame(decaySeconds);
        re[i] = static_cast<float>(amplitude * std::cos(phase));
        im[i] = static_cast<float>(amplitude * std::sin(phase));
        cosine[i] = static_cast<float>(decay * std::cos(w));
        sine[i] = static_cast<float>(decay * std::sin(w));
    }
    float next(std::size_t used) noexcept {
        std::array<float, kLanes> sums{};
        for (std::size_t base = 0; base < used; base += kLanes)
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                const std::size_t i = base + lane;
                const float r = re[i] * cosine[i] - im[i] * sine[i];
                im[i] = re[i] * sine[i] + im[i] * cosine[i];
                re[i] = r;
                sums[lane] += im[i];
            }
        return ((sums[0] + sums[4]) + (sums[1] + sums[5])) +
               ((sums[2] + sums[6]) + (sums[3] + sums[7]));
    }
};

std::size_t wholeLanes(int partials) {
    return static_cast<std::size_t>((partials + kLanes - 1) / kLanes * kLanes);
}

} // namespace

void FeltPiano::play(const Event& event, Bus& out) {
    constexpr int kPartials = 24;
    constexpr double kHammerPosition = 0.12; // of the string; its multiples are missing
    constexpr double kHighestPartialHz = 9000;
    constexpr double kDamperSeconds = 0.45;
    const double fundamental = hzOfPitch(event.pitch);
    const double octavesAboveC4 = (event.pitch - 60.0) / 12.0;
    const double inharmonicity = 2.2e-4 * std::exp2(1.1 * octavesAboveC4);
    const double softnessHz = 650.0 + 3400.0 * event.velocity * event.velocity;
    const double ringSeconds = 9.0 * std::exp2(-0.75 * octavesAboveC4);

    Resonators<kPartials> strings[2];
    int used = 0;
    for (int n = 1; n <= kPartials; ++n) {
        const double stretched = n * std::sqrt(1.0 + inharmonicity * n * n);
        const double hz = fundamental * stretched;
        if (hz > kHighestPartialHz)
            break;
        const double comb = 0.06 + std::abs(std::sin(std::numbers::pi * n * kHammerPosition));
        const double amplitude = comb * std::pow(n, -0.7) * std::exp(-hz / softnessHz) *
                                 std::exp(fundamental / softnessHz);
        const double seconds = ringSeconds / (1.0 + 0.12 * n + (hz / 3500.0) * (hz / 3500.0));
        for (int s = 0; s < 2; ++s) {
            const double cents = (s == 0 ? -0.35 : 0.35) + 0.1 * random_.normal();
            strings[s].set(n - 1, hz * std::exp2(cents / 1200.0), amplitude,
                           random_.uniform(0, kTau), seconds);
        }
        used = n;
    }

    const Swell envelope(0.004 + 0.007 * (1.0 - event.velocity), event.duration, kDamperSeconds);
    const double level = 0.16 * std::pow(event.velocity, 1.6);
    const Pan pans[2] = {Pan(event.pan - 0.25), Pan(event.pan + 0.25)};
    // The first part of a note is louder than its ring: both strings still move alike.
    const double promptDecay = decayPerFrame(2.2);
    double prompt = 0.55;
    Biquad thumpFilter = Biquad::bandPass(150, 0.8);
    const double thumpDecay = decayPerFrame(0.09);
    double thump = 0.35 * event.velocity;

    const std::int64_t start = framesOf(event.seconds);
    const std::int64_t end = std::min(out.frames(), start + envelope.frames());
    const std::size_t lanes = wholeLanes(used);
    for (std::int64_t i = start; i < end; ++i) {
        const double gain = level * envelope.at(i - start);
        const auto tone = static_cast<float>(gain * (0.45 + prompt));
        const float knock = static_cast<float>(gain * thump) * thumpFilter.process(random_.noise());
        prompt *= promptDecay;
        thump *= thumpDecay;
        const float a = tone * strings[0].next(lanes);
        const float b = tone * strings[1].next(lanes);
        out.left()[i] += pans[0].left * a + pans[1].left * b + knock;
        out.right()[i] += pans[0].right * a + pans[1].right * b + knock;
    }
}

void StringSection::play(const Event& event, Bus& out) {
    constexpr int kDesks = 4;
    constexpr double kAttackSeconds = 0.7;
    constexpr double kReleaseSeconds = 1.1;
    const double cycles = hzOfPitch(event.pitch) / kSampleRateHz;
    struct Desk {
        Oscillator oscillator;
        double detune, vibratoPhase, vibratoStep;
        Pan pan;
    };
    std::vector<Desk> desks;
    desks.reserve(kDesks);
    for (int d = 0; d < kDesks; ++d)
        desks.push_back({Oscillator(random_.uniform()),
                         std::exp2((4.0 * random_.normal()) / 1200.0), random_.uniform(0, kTau),
                         kTau * random_.uniform(4.6, 5.6) / kSampleRateHz,
                         Pan(event.pan + 0.5 * (d - 1.5) / 1.5)});
    const double cutoffHz = 1000 + 3000 * event.velocity;
    Biquad tone[2] = {Biquad::lowPass(cutoffHz, 0.6), Biquad::lowPass(cutoffHz, 0.6)};
    Biquad body[2] = {Biquad::peak(480, 1.2, 3), Biquad::peak(480, 1.2, 3)};
    const Swell envelope(kAttackSeconds, event.duration, kReleaseSeconds);
    const double level = 0.05 * event.velocity;
    const std::int64_t start = framesOf(event.seconds);
    const std::int64_t end = std::min(out.frames(), start + envelope.frames());
    double pitchFactors[kDesks] = {1, 1, 1, 1};
    constexpr std::int64_t kControlFrames = 32;
    for (std::int64_t i = start; i < end; ++i) {
        if ((i - start) % kControlFrames == 0) {
            const double depth =
                std::min(1.0, static_cast<double>(i - start) / (1.2 * kSampleRateHz));
            for (std::size_t d = 0; d < kDesks; ++d) {
                Desk& desk = desks[d];
                desk.vibratoPhase += desk.vibratoStep * kControlFrames;
                pitchFactors[d] =
                    desk.detune * (1.0 + 0.0032 * depth * std::sin(desk.vibratoPhase));
            }
        }
        float left = 0;
        float right = 0;
        for (std::size_t d = 0; d < kDesks; ++d) {
            const float x = desks[d].oscillator.saw(cycles * pitchFactors[d]);
            left += desks[d].pan.left * x;
            right += desks[d].pan.right * x;
        }
        const auto gain = static_cast<float>(level * envelope.at(i - start));
        out.left()[i] += gain * body[0].process(tone[0].process(left));
        out.right()[i] += gain * body[1].process(tone[1].process(right));
    }
}

void PluckedString::play(const Event& event, Bus& out) {
    const double hz = hzOfPitch(event.pitch);
    const double brightness =
        std::clamp(character_.brightness * (0.45 + 0.75 * event.velocity), 0.05, 0.98);
    // The loop: a delay line, a weighted average of two frames (damping), an allpass for the
    // fraction of a frame.
    const double damping = 0.5 - 0.42 * brightness;
    const double w = kTau * hz / kSampleRateHz;
    const double averageDelay =
        std::atan2(damping * std::sin(w), 1.0 - damping + damping * std::cos(w)) / w;
    const double averageGain = std::sqrt((1 - damping) * (1 - damping) + damping * damping +
                                         2 * damping * (1 - damping) * std::cos(w));
    const double period = kSampleRateHz / hz - averageDelay;
    const auto length = static_cast<std::size_t>(period - 0.3);
    const double fraction = period - static_cast<double>(length);
    const double sinPart = std::sin((1.0 - fraction) * w / 2.0);
    const auto allpass = static_cast<float>(sinPart / std::sin((1.0 + fraction) * w / 2.0));
    const double ringSeconds =
        character_.ringSeconds * std::exp2(-0.5 * (event.pitch - 60.0) / 12.0);
    const auto feedback = static_cast<float>(
        std::min(0.99995, std::pow(10.0, -3.0 / (hz * ringSeconds)) / averageGain));

    // The pick: filtered noise, with the comb of the place where it plucks.
    loop_.assign(length, 0.0f);
    Biquad pick = Biquad::lowPass(700.0 + 9000.0 * brightness, 0.6);
    float mean = 0;
    for (float& x : loop_) {
        x = pick.process(random_.noise());
        mean += x / static_cast<float>(length);
    }
    for (float& x : loop_)
        x -= mean;
    const auto shift = std::max<std::size_t>(
        1, static_cast<std::size_t>(character_.pickPosition * static_cast<double>(length)));
    std::vector<float> excitation(length);
    float power = 1e-12f;
    for (std::size_t i = 0; i < length; ++i) {
        excitation[i] = loop_[i] - 0.9f * loop_[(i + length - shift) % length];
        power += excitation[i] * excitation[i] / static_cast<float>(length);
    }
    const float scale = 1.0f / std::sqrt(power);
    for (std::size_t i = 0; i < length; ++i)
        loop_[i] = scale * excitation[i];

    const Swell envelope(0.0015, event.duration, 0.12);
    const auto level = static_cast<float>(0.16 * std::pow(event.velocity, 1.3));
    const Pan pan(event.pan);
    const auto weight = static_cast<float>(damping);
    float last = 0;
    float allpassIn = 0;
    float allpassOut = 0;
    std::size_t at = 0;
    const std::int64_t start = framesOf(event.seconds);
    const std::int64_t end = std::min(out.frames(), start + envelope.frames());
    for (std::int64_t i = start; i < end; ++i) {
        const float x = loop_[at];
        const float damped = feedback * ((1.0f - weight) * x + weight * last);
        last = x;
        allpassOut = allpass * (damped - allpassOut) + allpassIn;
        allpassIn = damped;
        loop_[at] = allpassOut;
        at = at + 1 == length ? 0 : at + 1;
        const float y = level * static_cast<float>(envelope.at(i - start)) * x;
        out.left()[i] += pan.left * y;
        out.right()[i] += pan.right * y;
    }
}

void ElectricPiano::play(const Event& event, Bus& out) {
    constexpr double kTineRatio = 14.0;
    const double hz = hzOfPitch(event.pitch);
    const double step = kTau * hz / kSampleRateHz;
    const double tineStep = step * kTineRatio;
    // A tine above what the rate can carry is left out rather than folded back.
    const bool hasTine = hz * (kTineRatio + 2.0) < 0.45 * kSampleRateHz;
    const double ring = decayPerFrame(6.0 * std::exp2(-0.6 * (event.pitch - 60.0) / 12.0));
    const double indexDecay = decayPerFrame(2.2);
    const double tineDecay = decayPerFrame(0.5);
    double amplitude = 0.22 * std::pow(event.velocity, 1.4);
    double index = 0.3 + 1.5 * event.velocity;
    double tine = hasTine ? 0.06 * event.velocity : 0.0;
    double phase = 0;
    double tinePhase = 0;
    double tremolo = random_.uniform(0, kTau);
    const Swell envelope(0.004, event.duration, 0.5);
    const Pan pan(event.pan);
    const std::int64_t start = framesOf(event.seconds);
    const std::int64_t end = std::min(out.frames(), start + envelope.frames());
    for (std::int64_t i = start; i < end; ++i) {
        const double level = amplitude * envelope.at(i - start);
        const double body = std::sin(phase + index * std::sin(phase));
        const auto y =
            static_cast<float>(level * (body + (hasTine ? tine * std::sin(tinePhase) : 0.0)));
        const auto sway = static_cast<float>(0.14 * std::sin(tremolo));
        out.left()[i] += pan.left * y * (1.0f + sway);
        out.right()[i] += pan.right * y * (1.0f - sway);
        phase += step;
        tinePhase += tineStep;
        tremolo += kTau * 3.1 / kSampleRateHz;
        if (phase > kTau)
            phase -= kTau;
        if (tinePhase > kTau)
            tinePhase -= kTau;
        amplitude *= ring;
        index = 0.08 + (index - 0.08) * indexDecay;
        tine *= tineDecay;
    }
}

} // namespace segue::generation
