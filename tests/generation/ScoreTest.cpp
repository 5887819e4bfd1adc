#include "generation/Score.h"

#include <cstdlib>
#include <set>

#include <gtest/gtest.h>

namespace segue::generation {
namespace {

TEST(Melody, ReadsPitchesLengthsAndRests) {
    const std::vector<Note> notes = melody("C4:1 -:.5 G#5:2.5 | Bb3:4", 4);
    ASSERT_EQ(notes.size(), 3u);
    EXPECT_EQ(notes[0].pitch, 60);
    EXPECT_EQ(notes[1].pitch, 80);
    EXPECT_DOUBLE_EQ(notes[1].beat, 1.5);
    EXPECT_DOUBLE_EQ(notes[1].beats, 2.5);
    EXPECT_EQ(notes[2].pitch, 58);
    EXPECT_DOUBLE_EQ(notes[2].beat, 4);
}

TEST(MelodyDeathTest, ABarThatDoesNotAddUpIsABug) {
    EXPECT_DEATH(melody("C4:1 D4:2 | E4:4", 4), "add up");
}

TEST(Chords, ReadQualityAndBass) {
    const std::vector<Chord> read = chords("F#m7:2 C/E:2 | Abmaj7:4", 4);
    ASSERT_EQ(read.size(), 3u);
    EXPECT_EQ(read[0].root, 6);
    EXPECT_EQ(std::set<int>(read[0].tones.begin(), read[0].tones.end()), (std::set{6, 9, 1, 4}));
    EXPECT_EQ(read[1].root, 0);
    EXPECT_EQ(read[1].bass, 4);
    EXPECT_EQ(read[2].root, 8);
    EXPECT_DOUBLE_EQ(read[2].beat, 4);
}

TEST(VoiceLeading, EveryVoicingIsInRangeAscendingAndHasItsThirdAndSeventh) {
    const std::vector<Chord> read =
        chords("Cmaj7:4 | Am7:4 | Dm9:4 | G7:4 | Em7:4 | Fmaj7:4 | E7:4 | Am:4", 4);
    const auto voicings = leadVoices(read, 4, 50, 72);
    ASSERT_EQ(voicings.size(), read.size());
    for (std::size_t c = 0; c < read.size(); ++c) {
        std::set<int> classes;
        for (std::size_t v = 0; v < 4; ++v) {
            EXPECT_GE(voicings[c][v], 50);
            EXPECT_LE(voicings[c][v], 72);
            if (v > 0) {
                EXPECT_GT(voicings[c][v], voicings[c][v - 1]);
            }
            classes.insert(voicings[c][v] % 12);
        }
        for (std::size_t tone = 1; tone < std::min<std::size_t>(3, read[c].tones.size()); ++tone)
            EXPECT_TRUE(classes.count(read[c].tones[tone])) << "chord " << c << " tone " << tone;
    }
}

TEST(VoiceLeading, VoicesMoveLittleAndNeverInParallelFifthsOrOctaves) {
    const auto voicings = leadVoices(
        chords("C:4 | Am:4 | F:4 | G:4 | C:4 | Em7:4 | Am7:4 | Dm7:4 | G7:4 | C:4", 4), 4, 50, 72);
    for (std::size_t c = 1; c < voicings.size(); ++c) {
        int motion = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            motion += std::abs(voicings[c][i] - voicings[c - 1][i]);
            for (std::size_t j = i + 1; j < 4; ++j) {
                const int before = (voicings[c - 1][j] - voicings[c - 1][i]) % 12;
                const int after = (voicings[c][j] - voicings[c][i]) % 12;
                const bool moved = voicings[c][i] != voicings[c - 1][i];
                EXPECT_FALSE(moved && before == after && (after == 0 || after == 7))
                    << "into chord " << c;
            }
        }
        EXPECT_LE(motion, 12) << "into chord " << c;
    }
}

TEST(NearestPitch, IsAtMostATritoneAway) {
    for (int pitchClass = 0; pitchClass < 12; ++pitchClass)
        for (int near = 30; near < 90; ++near) {
            const int pitch = nearestPitch(pitchClass, near);
            EXPECT_EQ(pitch % 12, pitchClass);
            EXPECT_LE(std::abs(pitch - near), 6);
        }
}

TEST(TempoMap, SteadyTempoIsExactAndSlowerIsLater) {
    const TempoMap steady(120, 16, [](double) { return 1.0; });
    EXPECT_NEAR(steady.secondsAt(7.3), 3.65, 1e-9);
    const TempoMap slowing(120, 16, [](double beat) { return 1.0 - beat / 32.0; });
    double last = -1;
    for (double beat = 0; beat <= 16; beat += 0.1) {
        EXPECT_GT(slowing.secondsAt(beat), last);
        EXPECT_GE(slowing.secondsAt(beat) + 1e-9, steady.secondsAt(beat));
        last = slowing.secondsAt(beat);
    }
}

TEST(Humanise, IsTheSameForTheSameSeedAndNeverBeforeTheStart) {
    std::vector<Note> first(50, {0, 1, 60, 0.5});
    std::vector<Note> second = first;
    Random a(5);
    Random b(5);
    humanise(first, a, 0.1, 0.2);
    humanise(second, b, 0.1, 0.2);
    bool moved = false;
    for (std::size_t i = 0; i < first.size(); ++i) {
        EXPECT_EQ(first[i].beat, second[i].beat);
        EXPECT_EQ(first[i].velocity, second[i].velocity);
        EXPECT_GE(first[i].beat, 0);
        EXPECT_LE(first[i].beat, 0.3 + 1e-9);
        moved |= first[i].beat > 0;
    }
    EXPECT_TRUE(moved);
}

} // namespace
} // namespace segue::generation
