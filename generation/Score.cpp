// Written music: the small notations that pieces are composed in, voice leading, tempo. Runs on
// whatever thread renders a piece; everything here is a pure function of its arguments.

#include "generation/Score.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

namespace segue::generation {
namespace {

constexpr double kBeatTolerance = 1e-9;
constexpr double kStepsPerBeat = 8.0;

/// 0..11 of a letter with accidentals; `at` moves past them.
int pitchClassAt(std::string_view text, std::size_t& at) {
    constexpr std::array<int, 7> kLetters{9, 11, 0, 2, 4, 5, 7}; // A..G
    assert(at < text.size() && text[at] >= 'A' && text[at] <= 'G');
    int value = kLetters[static_cast<std::size_t>(text[at++] - 'A')];
    for (; at < text.size() && (text[at] == '#' || text[at] == 'b'); ++at)
        value += text[at] == '#' ? 1 : -1;
    return (value + 12) % 12;
}

std::vector<int> intervalsOf(std::string_view quality) {
    static const std::pair<std::string_view, std::vector<int>> kQualities[] = {
        {"", {0, 4, 7}},
        {"m", {0, 3, 7}},
        {"7", {0, 4, 10, 7}},
        {"maj7", {0, 4, 11, 7}},
        {"m7", {0, 3, 10, 7}},
        {"maj9", {0, 4, 11, 2, 7}},
        {"m9", {0, 3, 10, 2, 7}},
        {"add9", {0, 4, 2, 7}},
        {"madd9", {0, 3, 2, 7}},
        {"m6", {0, 3, 9, 7}},
        {"6", {0, 4, 9, 7}},
        {"sus4", {0, 5, 7}},
        {"sus2", {0, 2, 7}},
        {"7sus4", {0, 5, 10, 7}},
        {"dim", {0, 3, 6}},
        {"m7b5", {0, 3, 10, 6}},
        {"5", {0, 7}},
        {"maj7#11", {0, 4, 11, 6, 7}},
    };
    for (const auto& [name, intervals] : kQualities)
        if (name == quality)
            return intervals;
    assert(false && "unknown chord quality");
    return {0, 4, 7};
}

/// Calls `use(symbol, beat, beats)` for every `symbol:beats`, and checks the bars.
template <typename Use>
void readTokens(std::string_view text, [[maybe_unused]] double beatsPerBar, const Use& use) {
    double beat = 0;
    double barStart = 0;
    std::size_t at = 0;
    const auto closeBar = [&] {
        assert(std::abs(beat - barStart - beatsPerBar) < kBeatTolerance && "a bar does not add up");
        barStart = beat;
    };
    while (at < text.size()) {
        if (text[at] == ' ' || text[at] == '\n') {
            ++at;
            continue;
        }
        const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
        const std::string_view token = text.substr(at, end - at);
        at = end;
        if (token == "|") {
            closeBar();
            continue;
        }
        const std::size_t colon = token.find(':');
        assert(colon != std::string_view::npos);
        double beats = 0;
        const std::string length = "0" + std::string(token.substr(colon + 1));
        std::from_chars(length.data(), length.data() + length.size(), beats);
        assert(beats > 0);
        use(token.substr(0, colon), beat, beats);
        beat += beats;
    }
    closeBar();
}

template <typename Item>
void appendShifted(std::vector<Item>& all, std::vector<Item> next, double atBeat) {
    for (Item& item : next) {
        item.beat += atBeat;
        all.push_back(std::move(item));
    }
}

/// How unwelcome it is to go from one voicing to the next, in semitones.
double costOf(const std::vector<int>& from, const std::vector<int>& to, const Chord& chord,
              double middle) {
    double cost = 0;
    // The first three tones are root, third and what colours the chord; the bass often has the
    // root.
    for (std::size_t i = 0; i < chord.tones.size(); ++i) {
        const bool present = std::any_of(to.begin(), to.end(),
                                         [&](int pitch) { return pitch % 12 == chord.tones[i]; });
        if (!present)
            cost += i == 0 ? 2.0 : i < 3 ? 12.0 : 1.0;
    }
    for (std::size_t i = 0; i + 1 < to.size(); ++i) {
        const int gap = to[i + 1] - to[i];
        cost += gap == 1 ? 4.0 : gap > 9 ? gap - 9.0 : 0.0;
        if (gap % 12 == 0)
            cost += 3.0;
    }
    double centre = 0;
    for (const int pitch : to)
        centre += pitch / static_cast<double>(to.size());
    cost += 0.15 * std::abs(centre - middle);
    if (from.empty())
        return cost + std::abs(centre - middle);
    for (std::size_t i = 0; i < to.size(); ++i) {
        cost += std::abs(to[i] - from[i]);
        for (std::size_t j = i + 1; j < to.size(); ++j) {
            const int before = (from[j] - from[i]) % 12;
            const int after = (to[j] - to[i]) % 12;
            if (before == after && (after == 0 || after == 7) && to[i] != from[i])
                cost += 30.0;
        }
    }
    return cost;
}

} // namespace

std::vector<Note> melody(std::string_view text, double beatsPerBar) {
    std::vector<Note> notes;
    readTokens(text, beatsPerBar, [&](std::string_view symbol, double beat, double beats) {
        if (symbol == "-")
            return;
        std::size_t at = 0;
        const int pitchClass = pitchClassAt(symbol, at);
        assert(at + 1 == symbol.size());
        const int octave = symbol[at] - '0';
        notes.push_back({beat, beats, pitchClass + 12.0 * (octave + 1), 0.7});
    });
    return notes;
}

std::vector<Chord> chords(std::string_view text, double beatsPerBar) {
    std::vector<Chord> all;
    readTokens(text, beatsPerBar, [&](std::string_view symbol, double beat, double beats) {
        std::size_t at = 0;
        Chord chord{beat, beats, pitchClassAt(symbol, at), 0, {}};
        const std::size_t slash = std::min(symbol.find('/', at), symbol.size());
        for (const int interval : intervalsOf(symbol.substr(at, slash - at)))
            chord.tones.push_back((chord.root + interval) % 12);
        chord.bass = chord.root;
        if (slash < symbol.size()) {
            at = slash + 1;
            chord.bass = pitchClassAt(symbol, at);
        }
        all.push_back(std::move(chord));
    });
    return all;
}

void append(std::vector<Note>& all, std::vector<Note> next, double atBeat) {
    appendShifted(all, std::move(next), atBeat);
}

void append(std::vector<Chord>& all, std::vector<Chord> next, double atBeat) {
    appendShifted(all, std::move(next), atBeat);
}

std::vector<std::vector<int>> leadVoices(const std::vector<Chord>& chords, int numVoices,
                                         int lowest, int highest) {
    std::vector<std::vector<int>> result;
    std::vector<int> previous;
    for (const Chord& chord : chords) {
        std::vector<int> pitches;
        for (int pitch = lowest; pitch <= highest; ++pitch)
            if (std::find(chord.tones.begin(), chord.tones.end(), pitch % 12) != chord.tones.end())
                pitches.push_back(pitch);
        assert(static_cast<int>(pitches.size()) >= numVoices);

        // Every ascending choice of numVoices pitches, by its indices.
        std::vector<std::size_t> choice(static_cast<std::size_t>(numVoices));
        for (std::size_t i = 0; i < choice.size(); ++i)
            choice[i] = i;
        std::vector<int> best;
        std::vector<int> candidate(choice.size());
        double bestCost = std::numeric_limits<double>::max();
        for (;;) {
            for (std::size_t i = 0; i < choice.size(); ++i)
                candidate[i] = pitches[choice[i]];
            const double cost = costOf(previous, candidate, chord, 0.5 * (lowest + highest));
            if (cost < bestCost) {
                bestCost = cost;
                best = candidate;
            }
            std::size_t i = choice.size();
            while (i > 0 && choice[i - 1] == pitches.size() - choice.size() + i - 1)
                --i;
            if (i == 0)
                break;
            ++choice[i - 1];
            for (std::size_t j = i; j < choice.size(); ++j)
                choice[j] = choice[j - 1] + 1;
        }
        previous = best;
        result.push_back(std::move(best));
    }
    return result;
}

int nearestPitch(int pitchClass, int near) {
    int difference = ((pitchClass - near) % 12 + 12) % 12;
    if (difference > 6)
        difference -= 12;
    return near + difference;
}

void transpose(std::vector<Note>& notes, int semitones) {
    for (Note& note : notes)
        note.pitch += semitones;
}

void transpose(std::vector<Chord>& chords, int semitones) {
    const auto moved = [&](int pitchClass) { return ((pitchClass + semitones) % 12 + 12) % 12; };
    for (Chord& chord : chords) {
        chord.root = moved(chord.root);
        chord.bass = moved(chord.bass);
        for (int& tone : chord.tones)
            tone = moved(tone);
    }
}

void humanise(std::vector<Note>& notes, Random& random, double beats, double velocity) {
    for (Note& note : notes) {
        note.beat = std::max(0.0, note.beat + beats * random.normal());
        note.velocity = std::clamp(note.velocity + velocity * random.normal(), 0.05, 1.0);
    }
}

TempoMap::TempoMap(double beatsPerMinute, double totalBeats,
                   const std::function<double(double)>& relative) {
    const auto steps = static_cast<std::size_t>(std::ceil(totalBeats * kStepsPerBeat)) + 1;
    seconds_.push_back(0);
    for (std::size_t i = 0; i < steps; ++i) {
        const double middle = (static_cast<double>(i) + 0.5) / kStepsPerBeat;
        seconds_.push_back(seconds_.back() +
                           60.0 / (beatsPerMinute * relative(middle) * kStepsPerBeat));
    }
}

double TempoMap::secondsAt(double beat) const {
    const double position =
        std::clamp(beat * kStepsPerBeat, 0.0, static_cast<double>(seconds_.size() - 1));
    const auto index = std::min(static_cast<std::size_t>(position), seconds_.size() - 2);
    const double fraction = position - static_cast<double>(index);
    return seconds_[index] + fraction * (seconds_[index + 1] - seconds_[index]);
}

} // namespace segue::generation
