// "Lamplight": a nocturne for felt piano and strings, A A' B A and a coda. Recorded quietly, on
// purpose: there is room above it. Rendered on the caller's thread.

#include "generation/Effects.h"
#include "generation/Instruments.h"
#include "generation/pieces/Pieces.h"

namespace segue::generation {
namespace {

constexpr double kBar = 4.0;       // beats
constexpr int kTransposition = -2; // written in C, played in B flat

constexpr const char* kIntroChords = "Cmaj7:4 | G7sus4:4";
constexpr const char* kChordsA =
    "Cmaj7:4 | Em7:4 | Am7:4 | Fmaj7:4 | Dm9:4 | G7sus4:2 G7:2 | C:4 | "
    "Fmaj7/C:2 C:2";
constexpr const char* kMelodyA = "G4:1 C5:1 E5:2 | D5:1.5 C5:.5 B4:2 | C5:1 E5:1 A5:2 | "
                                 "G5:1.5 F5:.5 E5:2 | F5:1 E5:.5 D5:.5 A4:2 | C5:1 D5:1 B4:2 | "
                                 "C5:3 -:1 | -:4";
constexpr const char* kChordsVaried = "Cmaj7:4 | Em7:4 | Am7:4 | Fmaj7:4 | Dm9:4 | E7sus4:2 E7:2 | "
                                      "Am:4 | Am/G:4";
constexpr const char* kMelodyVaried =
    "G4:1 C5:1 E5:1.5 F5:.5 | D5:1.5 C5:.5 B4:1 D5:1 | C5:1 E5:1 A5:1.5 B5:.5 | "
    "C6:1.5 A5:.5 G5:1 E5:1 | F5:1 E5:.5 D5:.5 A4:1 C5:1 | B4:1.5 A4:.5 B4:1 G#4:1 | A4:3 -:1 | "
    "-:4";
constexpr const char* kChordsB = "Fmaj7:4 | G6:4 | Em7:4 | Am:4 | Dm7:4 | Fm6:4 | C/G:4 | "
                                 "G7sus4:2 G7:2";
constexpr const char* kMelodyB =
    "A4:1 C5:1 F5:1 E5:1 | D5:2 B4:1 D5:1 | G5:1.5 F#5:.5 E5:1 D5:1 | C5:3 E5:1 | "
    "F5:1.5 G5:.5 A5:2 | Ab5:1.5 G5:.5 F5:1 D5:1 | E5:2 C5:1 D5:1 | D5:2 B4:1 F4:1";
constexpr const char* kChordsCoda = "Fm6/C:4 | Cmaj9:4 | Cadd9:4";
constexpr const char* kMelodyCoda = "F4:1 Ab4:1 C5:2 | E5:1 D5:1 G5:2 | C6:4";

struct Score {
    std::vector<Note> melody;
    std::vector<Chord> chords;
    double introEnd, variedStart, middleStart, returnStart, codaStart, end;
};

Score compose() {
    Score score;
    double at = 0;
    const auto section = [&](const char* harmony, const char* tune) {
        const double start = at;
        std::vector<Chord> next = chords(harmony, kBar);
        at += next.back().beat + next.back().beats;
        append(score.chords, std::move(next), start);
        if (tune)
            append(score.melody, melody(tune, kBar), start);
        return at;
    };
    score.introEnd = section(kIntroChords, nullptr);
    score.variedStart = section(kChordsA, kMelodyA);
    score.middleStart = section(kChordsVaried, kMelodyVaried);
    score.returnStart = section(kChordsB, kMelodyB);
    score.codaStart = section(kChordsA, kMelodyA);
    score.end = section(kChordsCoda, kMelodyCoda);
    transpose(score.melody, kTransposition);
    transpose(score.chords, kTransposition);
    return score;
}

/// Where in its four-bar phrase a beat is: 0 at both ends, 1 in the middle.
double phraseArc(double beat, double introEnd) {
    const double position = std::fmod(beat - introEnd + 4 * kBar, 4 * kBar) / (4 * kBar);
    return std::sin(std::numbers::pi * position);
}

/// The left hand: a low note, then the voices of the chord in quavers, each left to ring under the
/// pedal.
std::vector<Note> leftHand(const Score& score) {
    const std::vector<std::vector<int>> voices = leadVoices(score.chords, 3, 50, 67);
    std::vector<Note> notes;
    for (std::size_t c = 0; c < score.chords.size(); ++c) {
        const Chord& chord = score.chords[c];
        const double end = chord.beat + chord.beats;
        const bool last = c + 1 == score.chords.size();
        const double arc = phraseArc(chord.beat, score.introEnd);
        const double middle =
            chord.beat >= score.middleStart && chord.beat < score.returnStart ? 0.06 : 0.0;
        notes.push_back(
            {chord.beat, end - chord.beat, 1.0 * nearestPitch(chord.bass, 41), 0.40 + middle});
        constexpr int kFigures[2][7] = {{-1, 0, 1, 2, 1, 0, 1}, {0, 1, 2, 1, 0, 1, 2}};
        const int* figure = kFigures[c % 2];
        for (int i = 0; i < 7; ++i) {
            const double beat = chord.beat + 0.5 * (i + 1);
            if (figure[i] < 0 || beat >= end - 0.25 || (last && i > 3))
                continue;
            const auto voice = static_cast<std::size_t>(figure[i]);
            notes.push_back({beat, end - beat, 1.0 * voices[c][voice], 0.27 + 0.07 * arc + middle});
        }
        if (last)
            notes.push_back({end - 1.5, 1.5, 1.0 * nearestPitch(chord.root, 84), 0.24});
    }
    return notes;
}

/// The tune, held by the pedal until its harmony changes.
std::vector<Note> rightHand(const Score& score) {
    std::vector<Note> notes = score.melody;
    for (Note& note : notes) {
        const double arc = phraseArc(note.beat, score.introEnd);
        note.velocity =
            0.50 + 0.12 * arc +
            (note.beat >= score.middleStart && note.beat < score.returnStart ? 0.06 : 0.0);
        for (const Chord& chord : score.chords)
            if (note.beat >= chord.beat && note.beat < chord.beat + chord.beats)
                note.beats = std::max(note.beats, chord.beat + chord.beats - note.beat);
    }
    return notes;
}

} // namespace

Bus renderLamplight(Session& session) {
    const Score score = compose();
    const TempoMap tempo(69, score.end + 8, [&](double beat) {
        const double breath = 0.97 + 0.05 * phraseArc(beat, score.introEnd);
        const double ending = std::clamp((score.end - beat) / (3 * kBar), 0.0, 1.0);
        return breath * (0.62 + 0.38 * ending);
    });
    const double musicSeconds = tempo.secondsAt(score.end);
    Bus piano(musicSeconds + 7.0);
    Bus strings(musicSeconds + 7.0);

    Random random(0x1a3b11u);
    std::vector<Note> hands = leftHand(score);
    humanise(hands, random, 0.012, 0.025);
    std::vector<Note> tune = rightHand(score);
    humanise(tune, random, 0.010, 0.03);
    FeltPiano instrument(0xfe17u);
    const auto press = [&](const Note& note, double start, double duration) {
        const bool last = note.beat >= score.end - kBar - 0.1;
        instrument.play({start + 0.15, duration + (last ? 4.0 : 0.05), note.pitch, note.velocity,
                         (note.pitch - 62.0) / 45.0},
                        piano);
    };
    perform(session, hands, tempo, 0.0, 0.35, press);
    perform(session, tune, tempo, 0.35, 0.5, press);

    const std::vector<std::vector<int>> voices = leadVoices(score.chords, 4, 46, 70);
    StringSection section(0x57a1u);
    for (std::size_t c = 0; c < score.chords.size() &&
                            session.proceed(0.5 + 0.3 * static_cast<double>(c) /
                                                      static_cast<double>(score.chords.size()));
         ++c) {
        const Chord& chord = score.chords[c];
        if (chord.beat < score.variedStart)
            continue;
        const double level = chord.beat < score.middleStart   ? 0.34
                             : chord.beat < score.returnStart ? 0.62
                             : chord.beat < score.codaStart   ? 0.44
                                                              : 0.30;
        const double start = tempo.secondsAt(chord.beat);
        const double duration = tempo.secondsAt(chord.beat + chord.beats) - start;
        for (std::size_t v = 0; v < voices[c].size(); ++v)
            section.play({std::max(0.0, start - 0.2), duration + 0.25, 1.0 * voices[c][v], level,
                          -0.5 + static_cast<double>(v) / 3.0},
                         strings);
    }
    if (!session.proceed(0.8))
        return piano;

    strings.filter(Biquad::highPass(140)).filter(Biquad::lowPass(5200));
    piano.filter(Biquad::peak(300, 0.9, -1.5)).add(strings, -12.5);
    Bus hall = reverberated(
        piano, {.seconds = 2.8, .dampingHz = 4200, .size = 1.15, .predelaySeconds = 0.024});
    hall.filter(Biquad::highPass(180));
    piano.add(hall, -4);
    finish(piano, {.integratedLufs = -24, .ceilingDbfs = -1.2, .fadeOutSeconds = 3.5});
    return piano;
}

} // namespace segue::generation
