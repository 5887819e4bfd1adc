#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "generation/Random.h"

namespace segue::generation {

/// A written note; times in beats from the start of its part.
struct Note {
    double beat = 0;
    double beats = 0;
    double pitch = 0;    ///< MIDI number, 60 is middle C
    double velocity = 0; ///< 0..1
};

/// Reads `"E5:1.5 D5:.5 -:2 | G#4:4"`: pitch and length in beats, `-` is a rest, `|` a bar line.
/// A bar that does not add up to `beatsPerBar`, or a misspelt pitch, is a bug (assert).
std::vector<Note> melody(std::string_view text, double beatsPerBar);

/// A chord symbol with its time. Pitch classes are 0..11, C is 0.
struct Chord {
    double beat = 0;
    double beats = 0;
    int root = 0;
    int bass = 0;           ///< differs from the root in an inversion, `C/E`
    std::vector<int> tones; ///< pitch classes, root first
};

/// Reads `"Cmaj7:4 | Dm9:2 G7/B:2"`, by the rules of melody().
std::vector<Chord> chords(std::string_view text, double beatsPerBar);

/// Sections one after another: `all += next` shifted to begin at `atBeat`.
void append(std::vector<Note>& all, std::vector<Note> next, double atBeat);
void append(std::vector<Chord>& all, std::vector<Chord> next, double atBeat);

/// Chords as voices that move as little as they can.
///
/// Every chord gets `numVoices` different pitches in [lowest, highest], ascending, that cover its
/// third and seventh first; of all such voicings the one with the least motion from the one before,
/// with parallel fifths and octaves counted as a long way.
/// @return  per chord its pitches, ascending
std::vector<std::vector<int>> leadVoices(const std::vector<Chord>& chords, int numVoices,
                                         int lowest, int highest);

/// The pitch of class `pitchClass` nearest to `near`.
int nearestPitch(int pitchClass, int near);

void transpose(std::vector<Note>& notes, int semitones);
void transpose(std::vector<Chord>& chords, int semitones);

/// Small seeded differences of time and strength, as between two playings of the same page.
void humanise(std::vector<Note>& notes, Random& random, double beats, double velocity);

/// Beats to seconds under a tempo that breathes.
class TempoMap {
  public:
    /// @param relative  factor on `beatsPerMinute` at a beat, near 1
    TempoMap(double beatsPerMinute, double totalBeats,
             const std::function<double(double)>& relative);
    double secondsAt(double beat) const;

  private:
    std::vector<double> seconds_; ///< at every 1/8 beat
};

} // namespace segue::generation
