// From flags to requests for plans: the one place where the command line's spelling of mastering is
// known.
#include "tools/segue/PlanOptions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/decode/AudioSource.h"
#include "processing/mastering/LearnedCorridor.h"
#include "processing/mastering/Preset.h"
#include "processing/mastering/ReferenceProfile.h"

namespace segue::tools {
namespace {

namespace fs = std::filesystem;
using mastering::Preset;

std::string builtInNames() {
    std::string names;
    for (const Preset& preset : mastering::builtInPresets())
        names += (names.empty() ? "" : ", ") + preset.name;
    return names;
}

Result<Preset> presetOf(const std::string& nameOrFile) {
    if (const Preset* builtIn = mastering::findBuiltInPreset(nameOrFile))
        return *builtIn;
    constexpr std::streamsize kMostBytes = 65536;
    std::error_code error;
    std::ifstream file(nameOrFile, std::ios::binary);
    if (!fs::is_regular_file(nameOrFile, error) || !file)
        return fail(ErrorCode::InvalidArgument, "--preset: '" + nameOrFile +
                                                    "' is neither a file nor one of " +
                                                    builtInNames());
    std::string content(static_cast<std::size_t>(kMostBytes), '\0');
    file.read(content.data(), kMostBytes);
    content.resize(static_cast<std::size_t>(file.gcount()));
    auto preset = mastering::presetFromJson(content);
    if (!preset)
        return fail(preset.error().code,
                    "--preset: '" + nameOrFile + "': " + preset.error().message);
    if (preset->name.empty()) {
        const std::string stem = fs::path(nameOrFile).stem().string();
        preset->name = mastering::isPresetName(stem) ? stem : "custom";
    }
    return preset;
}

Result<std::shared_ptr<const mastering::ReferenceProfile>>
referenceOf(const std::vector<fs::path>& files, const std::atomic<bool>& cancel) {
    std::vector<analysis::TrackAnalysis> analyses;
    for (const fs::path& file : files) {
        auto source = decode::openSource(file);
        if (!source)
            return fail(source.error().code, "--reference: " + source.error().message);
        auto analysed = analysis::analyse(**source, analysis::Coverage::Full, cancel);
        if (!analysed)
            return fail(analysed.error().code, "--reference: " + analysed.error().message);
        analyses.push_back(std::move(*analysed));
    }
    std::vector<mastering::ReferenceSource> sources;
    std::string name;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const std::string title = files[i].stem().string();
        name += (i > 0 ? ", " : "") + title;
        sources.push_back({title, &analyses[i]});
    }
    auto profile = mastering::makeReference(name, sources);
    if (!profile)
        return fail(profile.error().code, "--reference: " + profile.error().message);
    return std::make_shared<const mastering::ReferenceProfile>(std::move(*profile));
}

Result<std::shared_ptr<const mastering::LearnedCorridor>> corridorOf(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
    if (!stream)
        return fail(ErrorCode::InvalidArgument,
                    "--corridor: '" + file.string() + "' cannot be read");
    auto read = mastering::LearnedCorridor::deserialize(bytes);
    if (!read)
        return fail(read.error().code,
                    "--corridor: '" + file.string() + "': " + read.error().message);
    return std::make_shared<const mastering::LearnedCorridor>(std::move(*read));
}

} // namespace

CLI::Validator finiteRange(double least, double most) {
    std::ostringstream range;
    range << "in [" << least << " .. " << most << "]";
    return {[=, text = range.str()](std::string& input) -> std::string {
                double value = 0;
                if (!CLI::detail::lexical_cast(input, value) || !std::isfinite(value) ||
                    value < least || value > most)
                    return "'" + input + "' is no number " + text;
                return {};
            },
            range.str()};
}

PlanOptions::PlanOptions(CLI::App& command, Presets presets) : mode_(presets) {
    std::string what = builtInNames() + ", or a preset's JSON file";
    if (presets == Presets::AlsoAll)
        what = "all, or one or several of " + what;
    CLI::Option* preset = command.add_option("--preset", presets_, what)->type_name("NAME|FILE");
    if (presets == Presets::One)
        preset->expected(1);
    else
        preset->allow_extra_args(false);
    command.add_option("--intensity", intensity_, "How much of it; 0 leaves every sample as it is")
        ->check(finiteRange(0, 1))
        ->capture_default_str();
    command.add_option("--target", targetLufs_, "Loudness in LUFS instead of the preset's")
        ->check(finiteRange(mastering::kMinTargetLufs, mastering::kMaxTargetLufs));
    command
        .add_option("--ceiling", ceilingDbtp_, "True-peak ceiling in dBTP instead of the preset's")
        ->check(finiteRange(mastering::kMinCeilingDbtp, mastering::kMaxCeilingDbtp));
    CLI::Option* reference =
        command
            .add_option("--reference", references_,
                        "Match this music's balance, width, loudness and dynamics; may be given "
                        "several times")
            ->type_name("FILE")
            ->allow_extra_args(false);
    command
        .add_option("--blend", blend_, "How far from the adaptive target (0) to the reference (1)")
        ->check(finiteRange(0, 1))
        ->needs(reference)
        ->capture_default_str();
    command
        .add_option("--corridor", corridor_,
                    "What `segue corridor` learned from your library, as the adaptive target")
        ->check(CLI::ExistingFile);
}

Result<std::vector<mastering::PlanRequest>>
PlanOptions::requests(const std::atomic<bool>& cancel) const {
    mastering::PlanRequest common;
    common.intensity = intensity_;
    common.targetLufs = targetLufs_;
    common.ceilingDbtp = ceilingDbtp_;
    common.blend = blend_;
    if (!corridor_.empty()) {
        auto corridor = corridorOf(corridor_);
        if (!corridor)
            return fail(corridor.error());
        common.corridor = std::move(*corridor);
    }
    if (!references_.empty()) {
        auto reference = referenceOf(references_, cancel);
        if (!reference)
            return fail(reference.error());
        common.reference = std::move(*reference);
    }
    std::vector<mastering::PlanRequest> requests;
    const auto add = [&](const Preset& preset) {
        requests.push_back(common);
        requests.back().preset = preset;
    };
    for (const std::string& name : presets_) {
        if (mode_ == Presets::AlsoAll && name == "all") {
            for (const Preset& preset : mastering::builtInPresets())
                add(preset);
            continue;
        }
        auto preset = presetOf(name);
        if (!preset)
            return fail(preset.error());
        add(*preset);
    }
    if (requests.empty())
        add(mastering::builtInPresets().front());
    return requests;
}

} // namespace segue::tools
