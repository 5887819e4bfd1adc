#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace segue::generation {

/// SplitMix64: small, fast and the same on every machine, unlike the distributions of <random>.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() noexcept {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    /// [0, 1)
    double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    double uniform(double low, double high) noexcept { return low + (high - low) * uniform(); }
    /// Mean 0, deviation 1, never beyond +-3: a player's slip, not an accident.
    double normal() noexcept {
        const double u = 1.0 - uniform();
        const double value =
            std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * uniform());
        return value < -3.0 ? -3.0 : value > 3.0 ? 3.0 : value;
    }
    /// White, [-1, 1).
    float noise() noexcept {
        return static_cast<float>(static_cast<std::int64_t>(next())) * 0x1.0p-63f;
    }

  private:
    std::uint64_t state_;
};

} // namespace segue::generation
