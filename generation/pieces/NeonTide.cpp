// "Neon Tide": arpeggio, drums, bass and a lead; intro, A, A', B, break, A'', outro. Mixed bright
// and loud, so that mastering has to hold back rather than push. Rendered on the caller's thread.

#include "generation/Effects.h"
#include "generation/Instruments.h"
#include "generation/pieces/Pieces.h"

namespace segue::generation {
namespace {

constexpr double kBar = 4.0;
constexpr double kBeatsPerMinute = 116;
constexpr int kTransposition = -3; // written in A minor, played in F sharp minor

constexpr const char* kLoop = "Am7:4 | Fmaj7:4 | C:4 | G6:4";
constexpr const char* kMiddle =
    "Fmaj7:4 | G6:4 | Em7:4 | Am7:4 | Fmaj7:4 | G6:4 | Am7:4 | E7sus4:2 E7:2";
constexpr const char* kEnd = "Am7:4 | Fmaj7:4 | Cmaj7:4 | Am9:4";
constexpr const char* kTune =
    "E5:.75 D5:.75 C5:.5 A4:2 | -:.5 A4:.5 C5:1 A4:.5 G4:.5 A4:1 | E5:.75 D5:.75 C5:.5 G5:2 | "
    "-:.5 D5:.5 E5:.5 D5:.5 B4:2 | E5:.75 D5:.75 C5:.5 A4:1 C5:1 | F5:.75 E5:.75 C5:.5 A4:2 | "
    "G5:.75 E5:.75 D5:.5 E5:2 | D5:1 B4:.5 D5:.5 G4:1.5 -:.5";
constexpr const char* kTuneMiddle =
    "A5:1.5 G5:.5 F5:1 C5:1 | D5:1 G5:1 B5:2 | B5:1.5 A5:.5 G5:1 E5:1 | C6:1 B5:.5 A5:.5 E5:2 | "
    "A5:1.5 G5:.5 F5:1 A5:1 | B5:1 D5:1 G5:2 | C6:1 A5:1 E5:2 | A5:2 G#5:2";

/// Where the sections begin, in beats.
struct Form {
    double first = 4 * kBar;           // A: bass and drums come in
    double varied = first + 8 * kBar;  // A': the tune
    double middle = varied + 8 * kBar; // B
    double pause = middle + 8 * kBar;  // break: no drums
    double last = pause + 4 * kBar;    // A'': everything
    double outro = last + 8 * kBar;
    double end = outro + 4 * kBar;
};

struct Score {
    Form form;
    std::vector<Chord> chords;
    std::vector<Note> tune;
};

Score compose() {
    Score score;
    const Form& form = score.form;
    const auto loops = [&](double from, double to) {
        for (double at = from; at < to; at += 4 * kBar)
            append(score.chords, chords(kLoop, kBar), at);
    };
    loops(0, form.middle);
    append(score.chords, chords(kMiddle, kBar), form.middle);
    loops(form.pause, form.outro);
    append(score.chords, chords(kEnd, kBar), form.outro);
    append(score.tune, melody(kTune, kBar), form.varied);
    append(score.tune, melody(kTuneMiddle, kBar), form.middle);
    append(score.tune, melody(kTune, kBar), form.last);
    transpose(score.chords, kTransposition);
    transpose(score.tune, kTransposition);
    return score;
}

std::vector<Note> arpeggio(const Score& score) {
    const std::vector<std::vector<int>> voices = leadVoices(score.chords, 4, 57, 78);
    constexpr int kShape[16] = {0, 2, 1, 3, 2, 1, 3, 2, 0, 2, 3, 1, 2, 3, 1, 2};
    std::vector<Note> notes;
    for (std::size_t c = 0; c < score.chords.size(); ++c) {
        const Chord& chord = score.chords[c];
        const bool ending = c + 1 == score.chords.size();
        for (int step = 0; 0.25 * step < chord.beats; ++step) {
            if (ending && step > 8)
                break;
            const auto voice = static_cast<std::size_t>(kShape[(step + (c % 2 == 0 ? 0 : 4)) % 16]);
            const int octave = step % 16 == 7 || step % 16 == 14 ? 12 : 0;
            const double accent = step % 4 == 0 ? 0.18 : step % 4 == 2 ? 0.06 : 0.0;
            notes.push_back(
                {chord.beat + 0.25 * step, 0.22, 1.0 * voices[c][voice] + octave, 0.5 + accent});
        }
    }
    return notes;
}

std::vector<Note> bassLine(const Score& score) {
    std::vector<Note> notes;
    for (const Chord& chord : score.chords) {
        if (chord.beat < score.form.first || chord.beat >= score.form.end)
            continue;
        const int root = nearestPitch(chord.bass, 37);
        if (chord.beat >= score.form.pause && chord.beat < score.form.last) {
            notes.push_back({chord.beat, chord.beats, 1.0 * root, 0.55});
            continue;
        }
        if (chord.beat >= score.form.end - kBar) {
            notes.push_back({chord.beat, chord.beats, 1.0 * root, 0.7});
            continue;
        }
        for (int step = 0; 0.5 * step < chord.beats; ++step) {
            const bool octave = step % 8 == 3 || step % 8 == 6;
            notes.push_back({chord.beat + 0.5 * step, 0.42, 1.0 * root + (octave ? 12 : 0),
                             step % 2 == 0 ? 0.72 : 0.82});
        }
    }
    return notes;
}

/// @return  when the kick sounds, for what ducks under it
std::vector<double> playDrums(const Form& form, double secondsPerBeat, Random& random, Bus& out) {
    Drums drums(0xd2a5u);
    std::vector<double> kicks;
    for (double beat = form.first; beat < form.end - kBar; beat += 0.25) {
        if (beat >= form.pause && beat < form.last)
            continue;
        const bool thin = beat < form.first + 4 * kBar || beat >= form.outro;
        const double seconds = beat * secondsPerBeat;
        const double late = seconds + 0.003 * std::abs(random.normal());
        const int sixteenth = static_cast<int>(std::lround(std::fmod(beat, kBar) * 4.0));
        const bool fill = std::fmod(beat - form.first, 8 * kBar) >= 7.5 * kBar && beat < form.outro;
        if (sixteenth % 4 == 0) {
            drums.kick(seconds, sixteenth == 0 ? 1.0 : 0.94, out);
            kicks.push_back(seconds);
        }
        if (!thin && (sixteenth == 4 || sixteenth == 12))
            drums.clap(late, 0.85 + 0.05 * random.normal(), out);
        if (fill && sixteenth >= 10)
            drums.tom(late, 0.6 + 0.06 * (sixteenth - 10), 190.0 - 16.0 * (sixteenth - 10),
                      0.5 - 0.18 * (sixteenth - 10), out);
        if (sixteenth % 4 == 2)
            drums.hat(late, 0.8, 0.16, 0.25, out);
        else if (!thin)
            drums.hat(late, (sixteenth % 4 == 0 ? 0.42 : 0.30) + 0.04 * random.normal(), 0.045,
                      0.25, out);
    }
    for (const double beat : {form.first, form.varied, form.middle, form.last, form.outro})
        drums.crash(beat * secondsPerBeat, beat == form.outro ? 0.7 : 0.9, out);
    return kicks;
}

/// The filter of the arpeggio opens through the intro and again through the break.
double arpeggioOpenness(const Form& form, double beat) {
    if (beat < form.first)
        return 0.25 + 0.55 * beat / form.first;
    if (beat >= form.pause && beat < form.last)
        return 0.30 + 0.9 * (beat - form.pause) / (form.last - form.pause);
    if (beat >= form.outro)
        return 0.95 - 0.6 * (beat - form.outro) / (form.end - form.outro);
    return beat >= form.middle ? 1.1 : 0.8;
}

} // namespace

Bus renderNeonTide(Session& session) {
    const Score score = compose();
    const Form& form = score.form;
    const double secondsPerBeat = 60.0 / kBeatsPerMinute;
    const TempoMap tempo(kBeatsPerMinute, form.end + 8, [](double) { return 1.0; });
    const double seconds = form.end * secondsPerBeat + 4.5;
    Random random(0x9e0u);
    Bus drums(seconds);
    Bus bass(seconds);
    Bus music(seconds);
    Bus lead(seconds);

    const std::vector<double> kicks = playDrums(form, secondsPerBeat, random, drums);
    if (!session.proceed(0.2))
        return drums;

    Synth low(0xba55u, {.decaySeconds = 0.22,
                        .releaseSeconds = 0.05,
                        .sustain = 0.45,
                        .cutoffHz = 260,
                        .cutoffSweepHz = 1500,
                        .resonance = 1.1,
                        .detuneCents = 0,
                        .subShare = 0.9});
    perform(session, bassLine(score), tempo, 0.2, 0.3,
            [&](const Note& note, double start, double duration) {
                low.play({start, duration, note.pitch + 12, note.velocity, 0}, 1.0, bass);
            });
    std::vector<Note> arp = arpeggio(score);
    humanise(arp, random, 0.004, 0.03);
    Synth plucky(0xa2b1u, {.decaySeconds = 0.16,
                           .releaseSeconds = 0.07,
                           .sustain = 0.08,
                           .cutoffHz = 1100,
                           .cutoffSweepHz = 7500,
                           .resonance = 1.6,
                           .detuneCents = 9});
    perform(session, arp, tempo, 0.3, 0.55, [&](const Note& note, double start, double duration) {
        const double position = note.pitch > 66 ? 0.35 : -0.35;
        plucky.play({start, duration, note.pitch, 0.62 * note.velocity, position},
                    arpeggioOpenness(form, note.beat), music);
    });
    Synth pad(0x9adu, {.attackSeconds = 0.35,
                       .decaySeconds = 2,
                       .releaseSeconds = 0.6,
                       .sustain = 0.8,
                       .cutoffHz = 900,
                       .cutoffSweepHz = 900,
                       .resonance = 0.8,
                       .detuneCents = 14});
    const std::vector<std::vector<int>> voices = leadVoices(score.chords, 4, 52, 71);
    for (std::size_t c = 0; c < score.chords.size() &&
                            session.proceed(0.55 + 0.15 * static_cast<double>(c) /
                                                       static_cast<double>(score.chords.size()));
         ++c) {
        const Chord& chord = score.chords[c];
        const bool full = chord.beat >= form.varied;
        const bool last = c + 1 == score.chords.size();
        for (std::size_t v = 0; v < voices[c].size(); ++v)
            pad.play({chord.beat * secondsPerBeat,
                      chord.beats * secondsPerBeat + (last ? 0.8 : 0.0), 1.0 * voices[c][v],
                      full ? 0.34 : 0.2, -0.6 + 0.4 * static_cast<double>(v)},
                     1.0, music);
    }
    std::vector<Note> tune = score.tune;
    humanise(tune, random, 0.006, 0.03);
    Synth voice(0x1eadu, {.attackSeconds = 0.012,
                          .decaySeconds = 0.6,
                          .releaseSeconds = 0.12,
                          .sustain = 0.7,
                          .cutoffHz = 2400,
                          .cutoffSweepHz = 4000,
                          .resonance = 1.0,
                          .detuneCents = 6,
                          .pulseShare = 1,
                          .vibratoCents = 14});
    perform(session, tune, tempo, 0.7, 0.78, [&](const Note& note, double start, double duration) {
        voice.play({start, 0.94 * duration, note.pitch, 0.46 * note.velocity, 0}, 1.0, lead);
    });
    if (!session.proceed(0.78))
        return drums;

    Bus echoes = pingPong(music, 0.75 * secondsPerBeat, 0.42, 4200);
    music.add(echoes, -9);
    Bus leadEchoes = pingPong(lead, 0.75 * secondsPerBeat, 0.45, 3200);
    lead.add(leadEchoes, -8);
    duck(music, kicks, 0.42, 0.28);
    duck(bass, kicks, 0.55, 0.20);
    bass.filter(Biquad::highPass(32));
    music.filter(Biquad::highPass(190)).filter(Biquad::highShelf(1800, 4));
    lead.filter(Biquad::highPass(220)).filter(Biquad::highShelf(2200, 2));
    drums.filter(Biquad::lowShelf(75, -3)).filter(Biquad::highShelf(1200, 3));
    Bus wet(seconds);
    wet.add(music, -4).add(lead, 0);
    Bus hall = reverberated(
        wet, {.seconds = 1.9, .dampingHz = 7000, .size = 0.95, .predelaySeconds = 0.02});
    hall.filter(Biquad::highPass(250));
    if (!session.proceed(0.9))
        return drums;
    drums.gainDb(-2).add(bass, -2.5).add(music, 2.5).add(lead, 3).add(hall, -6);
    drums.filter(Biquad::highShelf(6500, 3.0));
    finish(drums, {.integratedLufs = -12, .ceilingDbfs = -1.4, .fadeOutSeconds = 2});
    return drums;
}

} // namespace segue::generation
