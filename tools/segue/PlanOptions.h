#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "processing/mastering/MasteringPlan.h"
#include "processing/types/Error.h"

namespace segue::tools {

/// The flags that say how music is mastered, for every subcommand that masters.
class PlanOptions {
  public:
    enum class Presets { One, AlsoAll };

    /// Adds the flags. The object outlives the parsing.
    PlanOptions(CLI::App& command, Presets presets);

    /// What the flags ask for, one request for each preset; reads presets and references from their
    /// files, which takes a while.
    /// @errors InvalidArgument and those of reading: whatever makes the command line wrong
    Result<std::vector<mastering::PlanRequest>> requests(const std::atomic<bool>& cancel) const;

  private:
    const Presets mode_;
    std::vector<std::string> presets_;
    double intensity_ = 1;
    std::optional<double> targetLufs_, ceilingDbtp_;
    std::vector<std::filesystem::path> references_;
    double blend_ = 1;
    std::filesystem::path corridor_;
};

/// For CLI::App: a finite number from `least` to `most`.
CLI::Validator finiteRange(double least, double most);

} // namespace segue::tools
