// Instruments that imitate nothing or nobody in particular: the choir of many throats, the
// synthesiser, the drums. Each note is added to the caller's bus; equal scores and seeds give equal
// sound.

#include <array>
#include <cassert>

#include "generation/Instruments.h"

namespace segue::generation {
namespace {

constexpr double kTau = 2.0 * std::numbers::pi;
constexpr std::int64_t kControlFrames = 32;

} // namespace

void Choir::play(const Event& event, double swell, Bus& out) {
    constexpr std::size_t kThroats = 5;
    struct Throat {
        Oscillator oscillator;
        double detuneCents, vibratoPhase, vibratoHz, driftPhase, driftHz;
        Pan pan;
    };
    std::vector<Throat> throats;
    throats.reserve(kThroats);
    for (std::size_t t = 0; t < kThroats; ++t)
        throats.push_back({Oscillator(random_.uniform()), 5.0 * random_.normal(),
                           random_.uniform(0, kTau), random_.uniform(4.4, 5.8),
                           random_.uniform(0, kTau), random_.uniform(0.1, 0.35),
                           Pan(event.pan + 0.6 * (static_cast<double>(t) - 2.0) / 2.0)});
    const double cycles = hzOfPitch(event.pitch) / kSampleRateHz;
    const Swell envelope(swell, event.duration, swell);
    // Glottal sources fall faster than a saw.
    Biquad tilt[2] = {Biquad::lowPass(2000, 0.5), Biquad::lowPass(2000, 0.5)};
    const double level = 0.07 * event.velocity;
    std::array<double, kThroats> factors{};
    const std::int64_t start = framesOf(event.seconds);
    const std::int64_t end = std::min(out.frames(), start + envelope.frames());
    for (std::int64_t i = start; i < end; ++i) {
        if ((i - start) % kControlFrames == 0)
            for (std::size_t t = 0; t < kThroats; ++t) {
                Throat& throat = throats[t];
                throat.vibratoPhase += kTau * throat.vibratoHz * kControlFrames / kSampleRateHz;
                throat.driftPhase += kTau * throat.driftHz * kControlFrames / kSampleRateHz;
                const double cents = throat.detuneCents + 9.0 * std::sin(throat.vibratoPhase) +
                                     5.0 * std::sin(throat.driftPhase);
                factors[t] = cycles * std::exp2(cents / 1200.0);
            }
        float left = 0;
        float right = 0;
        for (std::size_t t = 0; t < kThroats; ++t) {
            const float x = throats[t].oscillator.saw(factors[t]);
            left += throats[t].pan.left * x;
            right += throats[t].pan.right * x;
        }
        const auto gain = static_cast<float>(level * envelope.at(i - start));
        out.left()[i] += gain * tilt[0].process(left);
        out.right()[i] += gain * tilt[1].process(right);
    }
}

void Choir::vowel(Bus& bus, const std::vector<float>& openness) {
    struct Formant {
        double ooHz, ahHz, q, ooGain, ahGain;
    };
    constexpr std::array<Formant, 4> kFormants{{{320, 720, 4.0, 1.0, 1.0},
                                                {760, 1150, 6.0, 0.35, 0.75},
                                                {2300, 2600, 9.0, 0.10, 0.42},
                                                {3300, 3500, 9.0, 0.05, 0.28}}};
    assert(static_cast<std::int64_t>(openness.size()) == bus.frames());
    for (int c = 0; c < 2; ++c) {
        float* samples = c == 0 ? bus.left() : bus.right();
        std::vector<Biquad> oo;
        std::vector<Biquad> ah;
        for (const Formant& formant : kFormants) {
            oo.push_back(Biquad::bandPass(formant.ooHz, formant.q));
            ah.push_back(Biquad::bandPass(formant.ahHz, formant.q));
        }
        for (std::int64_t i = 0; i < bus.frames(); ++i) {
            const float x = samples[i];
            const float open = openness[static_cast<std::size_t>(i)];
            float closedSum = 0.18f * x;
            float openSum = 0.12f * x;
            for (std::size_t f = 0; f < kFormants.size(); ++f) {
                closedSum += static_cast<float>(kFormants[f].ooGain) * oo[f].process(x);
                openSum += static_cast<float>(kFormants[f].ahGain) * ah[f].process(x);
            }
            samples[i] = (1.0f - open) * closedSum + open * openSum;
        }
    }
}

void Synth::play(const Event& event, double cutoffFactor, Bus& out) {
    const double hz = hzOfPitch(event.pitch);
    const double detune = std::exp2(patch_.detuneCents / 2400.0);
    Oscillator oscillators[2] = {Oscillator(random_.uniform()), Oscillator(random_.uniform())};
    const double sideways = patch_.detuneCents > 0 ? 0.35 : 0.0;
    const Pan pans[2] = {Pan(event.pan - sideways), Pan(event.pan + sideways)};
    SweptLowPass filters[2] = {SweptLowPass(patch_.resonance), SweptLowPass(patch_.resonance)};
    const Swell envelope(patch_.attackSeconds, event.duration, patch_.releaseSeconds);
    const double decay = decayPerFrame(patch_.decaySeconds * 3.0);
    const double sweepDecay = decayPerFrame(patch_.decaySeconds * 2.0);
    double level = 1.0;
    double sweep = 0.35 + 0.65 * event.velocity;
    double vibrato = random_.uniform(0, kTau);
    double bend = 1.0;
    double subPhase = 0;
    const double gain = 0.2 * event.velocity;
    const auto pulse = static_cast<float>(patch_.pulseShare);
    const std::int64_t start = framesOf(event.seconds);
    const std::int64_t end = std::min(out.frames(), start + envelope.frames());
    for (std::int64_t i = start; i < end; ++i) {
        const std::int64_t n = i - start;
        if (n % kControlFrames == 0) {
            const double cutoff = cutoffFactor * (patch_.cutoffHz + patch_.cutoffSweepHz * sweep);
            filters[0].setCutoff(cutoff);
            filters[1].setCutoff(cutoff);
            const double onset = std::min(1.0, static_cast<double>(n) / (0.5 * kSampleRateHz));
            vibrato += kTau * 5.3 * kControlFrames / kSampleRateHz;
            bend = std::exp2(onset * patch_.vibratoCents * std::sin(vibrato) / 1200.0);
        }
        const double cycles = hz * bend / kSampleRateHz;
        float x[2];
        for (int o = 0; o < 2; ++o) {
            const double own = o == 0 ? cycles / detune : cycles * detune;
            const float shape =
                pulse > 0 ? oscillators[o].pulse(own, 0.42) : oscillators[o].saw(own);
            x[o] = filters[o].process(shape);
        }
        const auto now = static_cast<float>(gain * envelope.at(n) *
                                            (patch_.sustain + (1.0 - patch_.sustain) * level));
        level *= decay;
        sweep *= sweepDecay;
        float low = 0;
        if (patch_.subShare > 0) {
            subPhase += 0.5 * cycles;
            subPhase -= std::floor(subPhase);
            low = static_cast<float>(patch_.subShare * std::sin(kTau * subPhase));
        }
        out.left()[i] += now * (pans[0].left * x[0] + pans[1].left * x[1] + low);
        out.right()[i] += now * (pans[0].right * x[0] + pans[1].right * x[1] + low);
    }
}

void Drums::kick(double seconds, double velocity, Bus& out) {
    const std::int64_t start = framesOf(seconds);
    const Swell envelope(0.0008, 0.26, 0.12);
    const double sweepDecay = decayPerFrame(0.11);
    const double ring = decayPerFrame(0.5);
    double sweep = 1.0;
    double level = 0.75 * velocity;
    double phase = 0;
    double click = 0.25 * velocity;
    const double clickDecay = decayPerFrame(0.02);
    Biquad clickTone = Biquad::bandPass(3200, 0.8);
    const std::int64_t end = std::min(out.frames(), start + envelope.frames());
    for (std::int64_t i = start; i < end; ++i) {
        phase += kTau * (47.0 + 210.0 * sweep * sweep) / kSampleRateHz;
        const double e = envelope.at(i - start);
        const float y = static_cast<float>(e * level * std::sin(phase)) +
                        static_cast<float>(e * click) * clickTone.process(random_.noise());
        out.left()[i] += y;
        out.right()[i] += y;
        sweep *= sweepDecay;
        level *= ring;
        click *= clickDecay;
    }
}

void Drums::clap(double seconds, double velocity, Bus& out) {
    constexpr std::array<double, 4> kHandsSeconds{0.0, 0.011, 0.021, 0.030};
    const std::int64_t start = framesOf(seconds);
    const Swell envelope(0.0008, 0.22, 0.08);
    const std::int64_t end = std::min(out.frames(), start + envelope.frames());
    Biquad bands[2] = {Biquad::bandPass(1450, 0.9), Biquad::bandPass(1620, 0.9)};
    Biquad air[2] = {Biquad::highPass(500), Biquad::highPass(500)};
    const double handDecay = decayPerFrame(0.045);
    const double roomDecay = decayPerFrame(0.26);
    double hand = 0;
    double room = 0;
    std::size_t next = 0;
    for (std::int64_t i = start; i < end; ++i) {
        if (next < kHandsSeconds.size() && i - start >= framesOf(kHandsSeconds[next])) {
            hand = 1.0;
            room = ++next == kHandsSeconds.size() ? 0.8 : 0.0;
        }
        const double level = 0.6 * velocity * envelope.at(i - start) * (0.8 * hand + room);
        out.left()[i] +=
            static_cast<float>(level) * air[0].process(bands[0].process(random_.noise()));
        out.right()[i] +=
            static_cast<float>(level) * air[1].process(bands[1].process(random_.noise()));
        hand *= handDecay;
        room *= roomDecay;
    }
}

void Drums::hat(double seconds, double velocity, double ringSeconds, double pan, Bus& out) {
    const std::int64_t start = framesOf(seconds);
    const Swell envelope(0.0006, ringSeconds, 0.03);
    const std::int64_t end = std::min(out.frames(), start + envelope.frames());
    Biquad low = Biquad::highPass(6800, 0.9);
    Biquad ringing = Biquad::peak(9300, 3.0, 8);
    const double decay = decayPerFrame(ringSeconds * 1.6);
    double level = 0.16 * velocity;
    const Pan place(pan);
    for (std::int64_t i = start; i < end; ++i) {
        const float y = static_cast<float>(level * envelope.at(i - start)) *
                        ringing.process(low.process(random_.noise()));
        out.left()[i] += place.left * y;
        out.right()[i] += place.right * y;
        level *= decay;
    }
}

void Drums::tom(double seconds, double velocity, double hz, double pan, Bus& out) {
    const std::int64_t start = framesOf(seconds);
    const Swell envelope(0.001, 0.35, 0.2);
    const std::int64_t end = std::min(out.frames(), start + envelope.frames());
    const double ring = decayPerFrame(0.8);
    const double sweepDecay = decayPerFrame(0.3);
    double level = 0.5 * velocity;
    double sweep = 1.0;
    double phase = 0;
    const Pan place(pan);
    for (std::int64_t i = start; i < end; ++i) {
        phase += kTau * hz * (1.0 + 0.5 * sweep) / kSampleRateHz;
        const auto y = static_cast<float>(level * envelope.at(i - start) * std::sin(phase));
        out.left()[i] += place.left * y;
        out.right()[i] += place.right * y;
        level *= ring;
        sweep *= sweepDecay;
    }
}

void Drums::crash(double seconds, double velocity, Bus& out) {
    const std::int64_t start = framesOf(seconds);
    const Swell envelope(0.002, 2.2, 0.8);
    const std::int64_t end = std::min(out.frames(), start + envelope.frames());
    Biquad bands[2] = {Biquad::highPass(3800, 0.7), Biquad::highPass(3800, 0.7)};
    Biquad shine[2] = {Biquad::peak(7400, 2.0, 5), Biquad::peak(8100, 2.0, 5)};
    const double decay = decayPerFrame(2.6);
    double level = 0.12 * velocity;
    for (std::int64_t i = start; i < end; ++i) {
        const auto gain = static_cast<float>(level * envelope.at(i - start));
        out.left()[i] += gain * shine[0].process(bands[0].process(random_.noise()));
        out.right()[i] += gain * shine[1].process(bands[1].process(random_.noise()));
        level *= decay;
    }
}

} // namespace segue::generation
