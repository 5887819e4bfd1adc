// "Orchard Path": plucked strings, A A' B A A' and a coda, over a travelling bass. Its low middle
// is thick and its stage narrow, as with one microphone too near: something for mastering to do.
// Rendered on the caller's thread.

#include "generation/Effects.h"
#include "generation/Instruments.h"
#include "generation/pieces/Pieces.h"

namespace segue::generation {
namespace {

constexpr double kBar = 4.0;
constexpr int kTransposition = 2; // written in C, played in D

constexpr const char* kIntroChords = "C:4 | F/C:4";
constexpr const char* kChordsOpen = "C:4 | G/B:4 | Am7:4 | Em7:4 | F:4 | C/E:4 | Dm7:4 | G7:4";
constexpr const char* kMelodyOpen =
    "E5:1 G5:.5 E5:.5 D5:1 C5:1 | D5:1.5 B4:.5 G4:2 | C5:1 E5:.5 C5:.5 B4:1 A4:1 | "
    "B4:1.5 G4:.5 E4:2 | A4:1 C5:.5 A4:.5 F5:1 E5:1 | E5:1 D5:.5 C5:.5 G4:2 | "
    "F5:1 E5:.5 D5:.5 C5:1 A4:1 | B4:1 D5:1 G4:2";
constexpr const char* kChordsClosed =
    "C:4 | G/B:4 | Am7:4 | Em7:4 | F:4 | C/E:4 | Dm7:2 G7:2 | C:4";
constexpr const char* kMelodyClosed =
    "E5:1 G5:.5 E5:.5 D5:.5 E5:.5 C5:1 | D5:1 C5:.5 B4:.5 G4:1 B4:1 | "
    "C5:1 E5:.5 C5:.5 B4:.5 C5:.5 A4:1 | B4:1 A4:.5 G4:.5 E4:2 | A4:1 C5:.5 A4:.5 F5:1 A5:1 | "
    "G5:1 E5:.5 C5:.5 D5:1 E5:1 | F5:1 E5:.5 D5:.5 B4:1 D5:1 | C5:3 -:1";
constexpr const char* kChordsMiddle = "Am:4 | Em:4 | F:4 | C:4 | Am:4 | D7:4 | F:4 | G7sus4:2 G:2";
constexpr const char* kMelodyMiddle =
    "A5:1.5 G5:.5 E5:1 C5:1 | B4:1 E5:1 G5:2 | A5:1 G5:.5 F5:.5 C5:1 F5:1 | E5:3 G5:1 | "
    "A5:1.5 B5:.5 C6:1 A5:1 | F#5:1.5 A5:.5 D5:2 | C5:1 F5:1 A5:1 G5:1 | G5:1 F5:.5 D5:.5 B4:1 "
    "G4:1";
constexpr const char* kChordsCoda = "F:4 | Fm6:4 | Cadd9:4";
constexpr const char* kMelodyCoda =
    "A4:1 C5:.5 A4:.5 F5:2 | D5:1 C5:.5 Ab4:.5 F4:2 | G4:1 C5:1 E5:2";

struct Score {
    std::vector<Note> melody;
    std::vector<Chord> chords;
    double middleStart = 0, returnStart = 0, codaStart = 0, end = 0;
};

Score compose() {
    Score score;
    const auto section = [&](const char* harmony, const char* tune) {
        std::vector<Chord> next = chords(harmony, kBar);
        const double length = next.back().beat + next.back().beats;
        append(score.chords, std::move(next), score.end);
        if (tune)
            append(score.melody, melody(tune, kBar), score.end);
        score.end += length;
    };
    section(kIntroChords, nullptr);
    section(kChordsOpen, kMelodyOpen);
    section(kChordsClosed, kMelodyClosed);
    score.middleStart = score.end;
    section(kChordsMiddle, kMelodyMiddle);
    score.returnStart = score.end;
    section(kChordsOpen, kMelodyOpen);
    section(kChordsClosed, kMelodyClosed);
    score.codaStart = score.end;
    section(kChordsCoda, kMelodyCoda);
    transpose(score.melody, kTransposition);
    transpose(score.chords, kTransposition);
    return score;
}

/// Thumb and three fingers: the bass and its fifth in turn on the beats, the voices between them.
std::vector<Note> fingerPicking(const Score& score) {
    const std::vector<std::vector<int>> voices = leadVoices(score.chords, 3, 54, 70);
    std::vector<Note> notes;
    for (std::size_t c = 0; c < score.chords.size(); ++c) {
        const Chord& chord = score.chords[c];
        const double end = chord.beat + chord.beats;
        const int bass = nearestPitch(chord.bass, 45);
        const int second = chord.bass == chord.root ? nearestPitch((chord.root + 7) % 12, bass + 5)
                                                    : nearestPitch(chord.root, bass + 5);
        const bool last = c + 1 == score.chords.size();
        // One pattern a bar, in quavers; the fingers change places from bar to bar.
        constexpr int kPatterns[3][8] = {
            {-1, 1, 0, 2, -2, 1, 0, 2}, {-1, 2, 1, 0, -2, 2, 1, 2}, {-1, 0, 1, 2, -2, 2, 1, 0}};
        const int* pattern = kPatterns[(c + c / 4) % 3];
        for (int i = 0; i < 8 && 0.5 * i < chord.beats; ++i) {
            const double beat = chord.beat + 0.5 * i;
            const int finger = pattern[i];
            const int pitch = finger == -1   ? bass
                              : finger == -2 ? second
                                             : voices[c][static_cast<std::size_t>(finger)];
            const double accent = i == 0 ? 0.12 : i % 4 == 0 ? 0.07 : i % 2 == 0 ? 0.0 : -0.05;
            if (last && i > 5)
                break;
            notes.push_back({beat, std::max(1.0, end - beat), 1.0 * pitch,
                             (finger < 0 ? 0.55 : 0.46) + accent});
        }
    }
    return notes;
}

} // namespace

Bus renderOrchardPath(Session& session) {
    const Score score = compose();
    const TempoMap tempo(104, score.end + 8, [&](double beat) {
        const double ending = std::clamp((score.end - beat) / (2.5 * kBar), 0.0, 1.0);
        return (1.0 + 0.012 * std::sin(beat * std::numbers::pi / 8.0)) * (0.6 + 0.4 * ending);
    });
    const double seconds = tempo.secondsAt(score.end) + 5.0;
    Bus guitar(seconds);
    Bus lead(seconds);
    Bus shaker(seconds);
    Random random(0x0ac4a2du);

    std::vector<Note> picked = fingerPicking(score);
    humanise(picked, random, 0.014, 0.035);
    PluckedString steel(0x57ee1u, {.brightness = 0.46, .ringSeconds = 4.5, .pickPosition = 0.21});
    perform(session, picked, tempo, 0.0, 0.35,
            [&](const Note& note, double start, double duration) {
                const bool last = note.beat >= score.end - kBar - 0.1;
                steel.play({start + 0.1, duration + (last ? 3.0 : 0.08), note.pitch, note.velocity,
                            note.pitch < 54 ? -0.03 : -0.2},
                           guitar);
            });

    std::vector<Note> tune = score.melody;
    for (Note& note : tune)
        note.velocity =
            0.66 + (std::fmod(note.beat, 4.0) < 0.1 ? 0.08 : 0.0) +
            (note.beat >= score.middleStart && note.beat < score.returnStart ? 0.07 : 0.0);
    // The return is played in sixths: a second voice below on the longer notes.
    std::vector<Note> second;
    for (const Note& note : tune) {
        if (note.beat < score.returnStart || note.beats < 1.0)
            continue;
        for (const Chord& chord : score.chords) {
            if (note.beat < chord.beat || note.beat >= chord.beat + chord.beats)
                continue;
            int best = 0;
            for (const int tone : chord.tones) {
                const int pitch = nearestPitch(tone, static_cast<int>(note.pitch) - 8);
                const int gap = static_cast<int>(note.pitch) - pitch;
                if ((gap == 8 || gap == 9 || gap == 7 || gap == 5) &&
                    (best == 0 || gap > static_cast<int>(note.pitch) - best))
                    best = pitch;
            }
            if (best > 0)
                second.push_back({note.beat, note.beats, 1.0 * best, 0.5});
        }
    }
    humanise(tune, random, 0.014, 0.04);
    humanise(second, random, 0.016, 0.04);
    PluckedString nylon(0x2a11u, {.brightness = 0.62, .ringSeconds = 3.2, .pickPosition = 0.13});
    const auto pluck = [&](const Note& note, double start, double duration) {
        nylon.play({start + 0.1, duration + 0.25, note.pitch, note.velocity,
                    note.pitch > 68 ? 0.22 : 0.14},
                   lead);
    };
    perform(session, tune, tempo, 0.35, 0.6, pluck);
    perform(session, second, tempo, 0.6, 0.7, pluck);

    Drums drums(0x5aceu);
    for (double beat = score.middleStart; beat < score.codaStart && !session.cancelled();
         beat += 0.5) {
        const bool offbeat = std::fmod(beat, 1.0) > 0.25;
        drums.hat(tempo.secondsAt(beat) + 0.1 + 0.004 * random.normal(),
                  (offbeat ? 0.30 : 0.18) + 0.03 * random.normal(), 0.05, 0.1, shaker);
    }
    if (!session.proceed(0.75))
        return guitar;

    // A wooden body, then the proximity that makes it thick.
    guitar.filter(Biquad::peak(104, 3.0, 4))
        .filter(Biquad::peak(208, 2.5, 3))
        .filter(Biquad::peak(420, 2.0, 2));
    lead.filter(Biquad::peak(330, 1.5, 2)).filter(Biquad::highPass(160));
    guitar.add(lead, 3.5).add(shaker, -7);
    Bus room = reverberated(
        guitar, {.seconds = 1.1, .dampingHz = 4800, .size = 0.62, .predelaySeconds = 0.008});
    room.filter(Biquad::highPass(150));
    guitar.add(room, -7);
    guitar.filter(Biquad::peak(270, 0.8, 5)).filter(Biquad::highShelf(5000, -3));
    finish(guitar, {.integratedLufs = -18, .ceilingDbfs = -1.5, .fadeOutSeconds = 2.5});
    return guitar;
}

} // namespace segue::generation
