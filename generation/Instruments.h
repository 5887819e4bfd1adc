#pragma once

#include <cstdint>
#include <vector>

#include "generation/Random.h"
#include "generation/Synthesis.h"

namespace segue::generation {

/// A note as an instrument plays it.
struct Event {
    double seconds = 0;  ///< start
    double duration = 0; ///< seconds until it is released
    double pitch = 60;   ///< MIDI number
    double velocity = 0.7;
    double pan = 0; ///< -1 left .. +1 right
};

/// A piano with felt before its hammers: stiff-string partials, two strings a key, a soft thump.
/// Every play() adds to `out`; so does every other instrument here.
class FeltPiano {
  public:
    explicit FeltPiano(std::uint64_t seed) : random_(seed) {}
    void play(const Event& event, Bus& out);

  private:
    Random random_;
};

/// Bowed strings, four desks a note, slow to speak.
class StringSection {
  public:
    explicit StringSection(std::uint64_t seed) : random_(seed) {}
    void play(const Event& event, Bus& out);

  private:
    Random random_;
};

/// A plucked string: Karplus-Strong with tuned loop, pick position and a damping of its own.
class PluckedString {
  public:
    struct Character {
        double brightness = 0.5; ///< 0..1 of the pick
        double ringSeconds = 4;  ///< decay by 60 dB at middle C
        double pickPosition = 0.18;
    };
    PluckedString(std::uint64_t seed, Character character) : random_(seed), character_(character) {}
    void play(const Event& event, Bus& out);

  private:
    Random random_;
    Character character_;
    std::vector<float> loop_;
};

/// Two-operator FM with a tine that dies quickly.
class ElectricPiano {
  public:
    explicit ElectricPiano(std::uint64_t seed) : random_(seed) {}
    void play(const Event& event, Bus& out);

  private:
    Random random_;
};

/// Sources of a choir: many slightly different throats. Its vowel comes from vowel() on the bus.
class Choir {
  public:
    explicit Choir(std::uint64_t seed) : random_(seed) {}
    /// @param swell  attack and release in seconds
    void play(const Event& event, double swell, Bus& out);
    /// Formants that move from "oo" (0) to "ah" (1) as `openness` says, frame by frame.
    static void vowel(Bus& bus, const std::vector<float>& openness);

  private:
    Random random_;
};

/// Two detuned saws through a swept filter.
class Synth {
  public:
    struct Patch {
        double attackSeconds = 0.003;
        double decaySeconds = 0.25; ///< of the filter, and of the level towards `sustain`
        double releaseSeconds = 0.08;
        double sustain = 0.0;
        double cutoffHz = 900;       ///< at rest
        double cutoffSweepHz = 3500; ///< added at the start of a note
        double resonance = 1.2;
        double detuneCents = 7;
        double pulseShare = 0; ///< 0 saw .. 1 pulse
        double vibratoCents = 0;
        double subShare = 0; ///< a sine an octave below
    };
    Synth(std::uint64_t seed, Patch patch) : random_(seed), patch_(patch) {}
    /// @param cutoffFactor  opens or closes the filter for this note
    void play(const Event& event, double cutoffFactor, Bus& out);

  private:
    Random random_;
    Patch patch_;
};

class Drums {
  public:
    explicit Drums(std::uint64_t seed) : random_(seed) {}
    void kick(double seconds, double velocity, Bus& out);
    void clap(double seconds, double velocity, Bus& out);
    void hat(double seconds, double velocity, double ringSeconds, double pan, Bus& out);
    void tom(double seconds, double velocity, double hz, double pan, Bus& out);
    void crash(double seconds, double velocity, Bus& out);

  private:
    Random random_;
};

} // namespace segue::generation
