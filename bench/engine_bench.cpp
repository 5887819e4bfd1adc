// The command line of the engine's benchmarks and of the comparison with one pass; bench/run,
// bench/nulltest and people call it. One thread. Results are JSON on stdout, progress goes to
// stderr.

#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/EngineTimings.h"
#include "bench/OnePassResidual.h"
#include "processing/dsp/InstructionSet.h"

namespace {

using Json = nlohmann::ordered_json;
using namespace segue;

int complain(const Error& error) {
    std::fprintf(stderr, "segue_engine_bench: %s\n", error.message.c_str());
    return 1;
}

std::string presetNamed(const std::string& name) {
    if (!mastering::findBuiltInPreset(name))
        throw CLI::ValidationError("--preset", "there is no preset '" + name + "'");
    return name;
}

/// @param name  portable, avx2 or avx512; empty: the best that there is
void useInstructions(const std::string& name) {
    using dsp::InstructionSet;
    const InstructionSet set = name.empty()       ? dsp::bestInstructionSet()
                               : name == "avx512" ? InstructionSet::Avx512
                               : name == "avx2"   ? InstructionSet::Avx2
                                                  : InstructionSet::Portable;
    if (set > dsp::bestInstructionSet())
        throw CLI::ValidationError("--instructions", "this processor has no " + name);
    dsp::useInstructionSet(set);
}

int runTime(const bench::TimingOptions& options) {
    const auto timings = bench::timeEngine(options);
    if (!timings)
        return complain(timings.error());
    Json list = Json::array();
    for (const bench::Timing& timing : timings->timings)
        list.push_back({{"name", timing.name},
                        {"audioSeconds", timing.audioSeconds},
                        {"repetitions", timing.repetitions},
                        {"bestSeconds", timing.bestSeconds},
                        {"medianSeconds", timing.medianSeconds},
                        {"bestCpuSeconds", timing.bestCpuSeconds},
                        {"medianCpuSeconds", timing.medianCpuSeconds}});
    std::printf("%s\n", Json{{"benchmarks", list}, {"renderedPerTrack", timings->renderedPerTrack}}
                            .dump(2)
                            .c_str());
    return 0;
}

/// PRESET:INTENSITY:FILE
bench::SavedStream savedStream(const std::string& text) {
    const auto first = text.find(':');
    const auto second = text.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos)
        throw CLI::ValidationError("--stream", "'" + text + "' is not PRESET:INTENSITY:FILE");
    bench::SavedStream stream;
    stream.preset = presetNamed(text.substr(0, first));
    const std::string intensity = text.substr(first + 1, second - first - 1);
    std::size_t read = 0;
    try {
        stream.intensity = std::stod(intensity, &read);
    } catch (const std::logic_error&) {
        read = 0;
    }
    if (read == 0 || read != intensity.size() || !(stream.intensity >= 0 && stream.intensity <= 1))
        throw CLI::ValidationError("--stream", "'" + intensity + "' is no intensity of 0 .. 1");
    stream.path = text.substr(second + 1);
    return stream;
}

Json dbOf(double amplitude) {
    return amplitude == 0 ? Json(nullptr) : Json(20 * std::log10(amplitude));
}

int runNull(const std::filesystem::path& source, const std::vector<std::string>& texts) {
    std::vector<bench::SavedStream> streams;
    for (const std::string& text : texts)
        streams.push_back(savedStream(text));
    const auto residuals = bench::compareWithOnePass(source, streams);
    if (!residuals)
        return complain(residuals.error());
    Json list = Json::array();
    for (std::size_t i = 0; i < residuals->size(); ++i) {
        const bench::Residual& residual = (*residuals)[i];
        list.push_back({{"stream", streams[i].path.string()},
                        {"planId", residual.planId},
                        {"frames", residual.frames},
                        {"differentSamples", residual.differentSamples},
                        {"peakDbfs", dbOf(residual.peak)}, // null: no difference at all
                        {"seamPeakDbfs", dbOf(residual.seamPeak)},
                        {"rmsDbfs", dbOf(residual.rms)},
                        {"peakFrame", residual.peakFrame}});
    }
    std::printf("%s\n", list.dump(2).c_str());
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        CLI::App app("Times Segue's engine, and compares streams with one pass over their track.",
                     "segue_engine_bench");
        app.require_subcommand(1);
        std::string preset = "adaptive";

        bench::TimingOptions timing;
        CLI::App* time = app.add_subcommand("time", "Time every part of the engine on one thread");
        time->add_option("track", timing.track, "The track for all parts")->required();
        time->add_option("--also", timing.decoded,
                         "Further files to decode, render and analyse, one per codec");
        time->add_option("--preset", preset, "Preset of the plan")->capture_default_str();
        time->add_option("--seconds", timing.secondsPerBenchmark, "Least time for each benchmark")
            ->capture_default_str();
        std::string instructions;
        time->add_option("--instructions", instructions,
                         "Run the loops written for other processors: portable, avx2 or avx512")
            ->check(CLI::IsMember({"portable", "avx2", "avx512"}));
        time->add_option("--repetitions", timing.leastRepetitions, "Least repetitions of each")
            ->check(CLI::Range(1, 200))
            ->capture_default_str();

        std::filesystem::path source;
        std::vector<std::string> streams;
        CLI::App* null = app.add_subcommand(
            "null", "Compare saved streams (bits=32) of a track with one pass over it");
        null->add_option("track", source, "The track")->required();
        null->add_option("--stream", streams, "PRESET:INTENSITY:FILE, several times")->required();

        try {
            app.parse(argc, argv);
            timing.preset = presetNamed(preset);
            useInstructions(instructions);
            if (null->parsed())
                return runNull(source, streams);
        } catch (const CLI::ParseError& error) {
            return app.exit(error) == 0 ? 0 : 2;
        }
        return runTime(timing);
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "segue_engine_bench: %s\n", exception.what());
        return 1;
    }
}
