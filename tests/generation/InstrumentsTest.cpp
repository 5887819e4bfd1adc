#include "generation/Instruments.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace segue::generation {
namespace {

struct Named {
    std::string name;
    std::function<void(const Event&, Bus&)> play;
};

std::vector<Named> instruments(std::uint64_t seed) {
    return {
        {"FeltPiano", [=](const Event& event, Bus& out) { FeltPiano(seed).play(event, out); }},
        {"StringSection",
         [=](const Event& event, Bus& out) { StringSection(seed).play(event, out); }},
        {"PluckedString",
         [=](const Event& event, Bus& out) { PluckedString(seed, {}).play(event, out); }},
        {"ElectricPiano",
         [=](const Event& event, Bus& out) { ElectricPiano(seed).play(event, out); }},
        {"Choir", [=](const Event& event, Bus& out) { Choir(seed).play(event, 0.3, out); }},
        {"Synth", [=](const Event& event,
                      Bus& out) { Synth(seed, {.sustain = 0.5}).play(event, 1.0, out); }},
        {"kick", [=](const Event& event, Bus& out) { Drums(seed).kick(event.seconds, 1, out); }},
        {"clap", [=](const Event& event, Bus& out) { Drums(seed).clap(event.seconds, 1, out); }},
        {"hat",
         [=](const Event& event, Bus& out) { Drums(seed).hat(event.seconds, 1, 0.1, 0, out); }},
        {"tom",
         [=](const Event& event, Bus& out) { Drums(seed).tom(event.seconds, 1, 150, 0, out); }},
        {"crash", [=](const Event& event, Bus& out) { Drums(seed).crash(event.seconds, 1, out); }},
    };
}

float peakOf(Bus& bus, std::int64_t from, std::int64_t to) {
    float peak = 0;
    for (std::int64_t i = from; i < to; ++i)
        peak = std::max({peak, std::abs(bus.left()[i]), std::abs(bus.right()[i])});
    return peak;
}

TEST(Instruments, SoundOnlyFromStartToReleaseAndNeverClip) {
    for (const Named& instrument : instruments(1)) {
        Bus bus(6.0);
        instrument.play({.seconds = 1.0, .duration = 1.5, .pitch = 60, .velocity = 0.9}, bus);
        EXPECT_EQ(peakOf(bus, 0, framesOf(1.0)), 0.0f) << instrument.name;
        const float peak = peakOf(bus, framesOf(1.0), framesOf(5.0));
        EXPECT_GT(peak, 0.01f) << instrument.name;
        EXPECT_LT(peak, 1.0f) << instrument.name;
        EXPECT_LT(peakOf(bus, framesOf(5.0), bus.frames()), 1e-4f) << instrument.name;
    }
}

TEST(Instruments, BeginAndEndWithoutAStep) {
    for (const Named& instrument : instruments(2)) {
        Bus bus(6.0);
        instrument.play({.seconds = 1.0, .duration = 1.5, .pitch = 48, .velocity = 0.9}, bus);
        const float peak = peakOf(bus, 0, bus.frames());
        const std::int64_t start = framesOf(1.0);
        EXPECT_LT(peakOf(bus, start, start + 2), 0.1f * peak) << instrument.name;
        std::int64_t end = bus.frames();
        while (end > 0 && bus.left()[end - 1] == 0.0f && bus.right()[end - 1] == 0.0f)
            --end;
        EXPECT_LT(peakOf(bus, end - 2, end), 1e-3f * peak) << instrument.name;
    }
}

TEST(Instruments, SameSeedSameSound) {
    const std::vector<Named> first = instruments(3);
    const std::vector<Named> second = instruments(3);
    for (std::size_t n = 0; n < first.size(); ++n) {
        Bus a(2.0);
        Bus b(2.0);
        const Event event{.seconds = 0.1, .duration = 0.5, .pitch = 64, .velocity = 0.7};
        first[n].play(event, a);
        second[n].play(event, b);
        EXPECT_TRUE(std::equal(a.left(), a.left() + a.frames(), b.left())) << first[n].name;
        EXPECT_TRUE(std::equal(a.right(), a.right() + a.frames(), b.right())) << first[n].name;
    }
}

TEST(Instruments, NotesBeyondTheEndOfTheBusAreCut) {
    for (const Named& instrument : instruments(4)) {
        Bus bus(1.0);
        instrument.play({.seconds = 0.99, .duration = 2.0, .pitch = 60, .velocity = 0.9}, bus);
        instrument.play({.seconds = 3.0, .duration = 2.0, .pitch = 60, .velocity = 0.9}, bus);
        EXPECT_EQ(peakOf(bus, 0, framesOf(0.99)), 0.0f) << instrument.name;
    }
}

/// Frequency near `hz` with the most energy, to a fraction of a cent: phase advance of one bin
/// between two windows.
double measuredHz(Bus& bus, double hz) {
    constexpr std::int64_t kWindow = 16'384;
    const std::int64_t first = framesOf(0.3);
    const std::int64_t hop = framesOf(0.1);
    const double w = 2.0 * std::numbers::pi * hz / kSampleRateHz;
    const auto phaseAt = [&](std::int64_t from) {
        double re = 0;
        double im = 0;
        for (std::int64_t i = 0; i < kWindow; ++i) {
            const double window =
                0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / kWindow);
            const double angle = w * static_cast<double>(from + i);
            re += window * static_cast<double>(bus.left()[from + i]) * std::cos(angle);
            im -= window * static_cast<double>(bus.left()[from + i]) * std::sin(angle);
        }
        return std::atan2(im, re);
    };
    const double drift =
        std::remainder(phaseAt(first + hop) - phaseAt(first), 2.0 * std::numbers::pi);
    return hz + drift * kSampleRateHz / (2.0 * std::numbers::pi * static_cast<double>(hop));
}

TEST(PluckedString, IsInTuneOverItsRange) {
    for (int pitch = 40; pitch <= 88; pitch += 3) {
        Bus bus(1.5);
        PluckedString(7, {}).play({.duration = 1.4, .pitch = 1.0 * pitch, .velocity = 0.8}, bus);
        const double hz = hzOfPitch(pitch);
        const double cents = 1200.0 * std::log2(measuredHz(bus, hz) / hz);
        EXPECT_NEAR(cents, 0.0, 3.0) << "pitch " << pitch;
    }
}

} // namespace
} // namespace segue::generation
