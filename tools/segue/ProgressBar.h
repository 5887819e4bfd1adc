#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace segue::tools {

/// One line on stderr that tells how far long work is: bar, per cent, what is being done, time
/// left.
///
/// On a terminal it redraws itself in place and vanishes at the end. Elsewhere it is silent, or,
/// with Verbose::Yes, prints a line at every tenth of the way.
/// @thread  any, several at once; drawing is limited to a few times a second
class ProgressBar {
  public:
    enum class Verbose { No, Yes };

    explicit ProgressBar(std::string title, Verbose verbose = Verbose::No);
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    /// @param fraction  0..1; what is less than before is taken for the same as before
    void update(double fraction, std::string_view detail);
    /// Takes the line away, so that other text can be printed; update() brings it back.
    void clear();

  private:
    using Clock = std::chrono::steady_clock;

    void drawLocked(Clock::time_point now);

    const std::string title_;
    const bool terminal_;
    const Verbose verbose_;
    const Clock::time_point start_;
    std::mutex mutex_; ///< guards all below, and stderr while drawing
    double fraction_ = 0;
    std::string detail_;
    Clock::time_point drawn_;
    bool shown_ = false;
    int tenths_ = 0;
};

/// The text of the bar: at most `columns` wide, control characters replaced, cut where it must be.
/// @param secondsLeft  negative when unknown
std::string progressLine(std::string_view title, double fraction, std::string_view detail,
                         double secondsLeft, int columns);

} // namespace segue::tools
