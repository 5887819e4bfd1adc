// "Long Water": a choir that swells once from almost nothing to everything and back, with bells of
// an electric piano. Its dynamics are wide, which is its point. Rendered on the caller's thread.

#include "generation/Effects.h"
#include "generation/Instruments.h"
#include "generation/pieces/Pieces.h"

namespace segue::generation {
namespace {

constexpr double kSpan = 8.0; // beats, one chord each
constexpr int kTransposition = 2;

constexpr const char* kChords =
    "Cadd9:8 | Em7/B:8 | Am9:8 | Fmaj7#11:8 | Cadd9/E:8 | Dm9:8 | Fmaj7:8 | G7sus4:8 | "
    "Am9:8 | Em7/G:8 | Fmaj9:8 | Abmaj7:8 | Bbadd9:8 | Cadd9:8 | Fmaj9/C:8 | Cadd9:8";
constexpr const char* kBells =
    "-:4 G5:4 | -:4 B4:1 G4:3 | -:2 C5:2 E5:4 | -:4 B4:2 A4:2 | G4:2 C5:2 D5:4 | "
    "-:2 F5:2 E5:1 D5:3 | -:4 C5:2 A4:2 | -:2 D5:2 C5:4 | E5:2 C5:2 B4:4 | -:2 D5:2 G5:4 | "
    "A5:3 G5:1 E5:4 | Eb5:2 C5:2 G5:4 | F5:2 D5:2 C6:4 | G5:4 E5:4 | -:2 A4:2 C5:4 | -:4 G4:4";
/// How loud each chord is sung.
constexpr double kDynamics[] = {0.10, 0.12, 0.15, 0.18, 0.20, 0.24, 0.22, 0.28,
                                0.34, 0.42, 0.58, 0.74, 0.90, 1.00, 0.34, 0.16};

double dynamicsAt(double beat) {
    constexpr std::size_t kCount = std::size(kDynamics);
    const double position = std::clamp(beat / kSpan - 0.5, 0.0, static_cast<double>(kCount - 1));
    const auto index = std::min(static_cast<std::size_t>(position), kCount - 2);
    const double fraction = position - static_cast<double>(index);
    return kDynamics[index] + fraction * (kDynamics[index + 1] - kDynamics[index]);
}

} // namespace

Bus renderLongWater(Session& session) {
    std::vector<Chord> harmony = chords(kChords, kSpan);
    std::vector<Note> bells = melody(kBells, kSpan);
    transpose(harmony, kTransposition);
    transpose(bells, kTransposition);
    const double end = kSpan * static_cast<double>(harmony.size());
    const TempoMap tempo(72, end + kSpan, [&](double beat) {
        return beat > end - 2 * kSpan ? 0.88 : 0.97 + 0.08 * dynamicsAt(beat);
    });
    const double seconds = tempo.secondsAt(end) + 8.0;
    Bus choir(seconds);
    Bus ground(seconds);
    Bus keys(seconds);
    Random random(0x10a6u);

    const std::vector<std::vector<int>> voices = leadVoices(harmony, 4, 52, 76);
    Choir singers(0xc401u);
    StringSection low(0x10bu);
    for (std::size_t c = 0; c < harmony.size(); ++c) {
        if (!session.proceed(0.55 * static_cast<double>(c) / static_cast<double>(harmony.size())))
            return choir;
        const Chord& chord = harmony[c];
        const double start = tempo.secondsAt(chord.beat);
        const double duration = tempo.secondsAt(chord.beat + chord.beats) - start;
        const double level = kDynamics[c];
        // The first chords are sung by two voices, the climax by four and the sopranos an octave
        // up.
        const std::size_t first = level < 0.14 ? 1 : 0;
        for (std::size_t v = first; v < voices[c].size(); ++v)
            singers.play({std::max(0.0, start - 0.6 + 0.1 * random.uniform()), duration + 0.8,
                          1.0 * voices[c][v], level, -0.45 + 0.3 * static_cast<double>(v)},
                         1.9, choir);
        if (level > 0.5)
            singers.play({start, duration + 0.6, 1.0 * voices[c].back() + 12, 0.5 * level, 0.1},
                         2.2, choir);
        low.play({std::max(0.0, start - 0.3), duration + 0.6, 1.0 * nearestPitch(chord.bass, 38),
                  0.25 + 0.6 * level, 0},
                 ground);
        low.play({std::max(0.0, start - 0.3), duration + 0.6, 1.0 * nearestPitch(chord.bass, 50),
                  0.15 + 0.5 * level, 0},
                 ground);
    }
    std::vector<float> openness(static_cast<std::size_t>(choir.frames()));
    const double beatsPerSecond = end / tempo.secondsAt(end);
    for (std::size_t i = 0; i < openness.size(); ++i) {
        const double time = static_cast<double>(i) / kSampleRateHz;
        openness[i] = static_cast<float>(
            std::clamp(1.3 * dynamicsAt(time * beatsPerSecond) - 0.12, 0.0, 1.0));
    }
    Choir::vowel(choir, openness);
    if (!session.proceed(0.65))
        return choir;

    humanise(bells, random, 0.03, 0.04);
    ElectricPiano tines(0x7173u);
    perform(session, bells, tempo, 0.65, 0.75, [&](const Note& note, double start, double) {
        const double level = 0.30 + 0.34 * dynamicsAt(note.beat);
        tines.play({start + 0.3, 5.0, note.pitch, level, note.pitch > 72 ? 0.3 : -0.3}, keys);
    });
    // A breath of air that comes and goes like small waves.
    SweptLowPass wind[2] = {SweptLowPass(0.9), SweptLowPass(0.9)};
    Bus air(seconds);
    for (std::int64_t i = 0; i < air.frames(); ++i) {
        const double time = static_cast<double>(i) / kSampleRateHz;
        if (i % 64 == 0) {
            wind[0].setCutoff(500 + 260 * std::sin(0.43 * time) + 90 * std::sin(1.7 * time));
            wind[1].setCutoff(500 + 260 * std::sin(0.43 * time + 0.9) + 90 * std::sin(1.5 * time));
        }
        const double swell = 0.004 * (0.6 + 0.4 * std::sin(0.31 * time - 1.2));
        air.left()[i] = static_cast<float>(swell) * wind[0].process(random.noise());
        air.right()[i] = static_cast<float>(swell) * wind[1].process(random.noise());
    }
    if (!session.proceed(0.82))
        return choir;

    Bus echoes = pingPong(keys, 0.62, 0.5, 2600);
    keys.add(echoes, -5);
    choir.filter(Biquad::highPass(110)).filter(Biquad::highShelf(1700, 5));
    ground.filter(Biquad::lowPass(900));
    choir.add(ground, -6.5).add(keys, -3);
    Bus cathedral = reverberated(
        choir, {.seconds = 4.6, .dampingHz = 3800, .size = 1.45, .predelaySeconds = 0.03});
    cathedral.filter(Biquad::highPass(160));
    choir.add(cathedral, -1).add(air, 11);
    finish(choir, {.integratedLufs = -19, .ceilingDbfs = -1.5, .fadeOutSeconds = 5});
    return choir;
}

} // namespace segue::generation
