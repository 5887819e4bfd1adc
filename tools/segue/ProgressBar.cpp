// Progress of long work, for whoever watches a terminal. Called from the threads that do the work;
// all state is behind one mutex, under which only the short line itself is written to stderr.
#include "tools/segue/ProgressBar.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace segue::tools {
namespace {

constexpr auto kRedrawInterval = std::chrono::milliseconds(100);
constexpr int kDefaultColumns = 80;
constexpr const char* kClearLine = "\r\033[K";

bool isTerminal() {
    const char* kind = std::getenv("TERM");
    return ::isatty(STDERR_FILENO) == 1 && kind && std::string_view(kind) != "dumb";
}

int terminalColumns() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return kDefaultColumns;
    return size.ws_col;
}

bool continuesCharacter(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u;
}

int columnsOf(std::string_view text) {
    return static_cast<int>(std::count_if(text.begin(), text.end(),
                                          [](char byte) { return !continuesCharacter(byte); }));
}

/// At most `columns` characters of `text`, harmless to a terminal whatever a file's tags say.
std::string fitted(std::string_view text, int columns) {
    std::string out;
    int used = 0;
    for (const char byte : text) {
        if (!continuesCharacter(byte) && ++used > columns)
            break;
        out += static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F ? '?' : byte;
    }
    return out;
}

std::string timeText(double seconds) {
    const auto whole = static_cast<long>(std::lround(std::min(seconds, 360'000.0)));
    if (whole < 60)
        return std::to_string(whole) + " s left";
    const std::string minutes = std::to_string(whole / 60 % 60);
    if (whole < 3600)
        return minutes + " min left";
    return std::to_string(whole / 3600) + " h " + minutes + " min left";
}

} // namespace

std::string progressLine(std::string_view title, double fraction, std::string_view detail,
                         double secondsLeft, int columns) {
    constexpr int kWidestBar = 30;
    constexpr int kNarrowestBar = 8;
    const double share = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0.0;
    std::string percent = std::to_string(static_cast<int>(share * 100.0));
    percent.insert(0, 3 - percent.size(), ' ');
    percent += " %";
    const std::string time = secondsLeft >= 0 ? "  " + timeText(secondsLeft) : "";

    // What matters most stays longest: the per cent, then the title, the bar, the time, the detail.
    int room = columns - columnsOf(percent);
    if (room < 2)
        return fitted(percent, std::max(columns, 0));
    std::string line;
    if (const std::string shown = fitted(title, room - 1); !shown.empty()) {
        line = shown + " ";
        room -= columnsOf(line);
    }
    if (const int bar = std::min(kWidestBar, room - 3); bar >= kNarrowestBar) {
        const auto filled = static_cast<std::size_t>(std::lround(share * bar));
        line += "[" + std::string(filled, '#') +
                std::string(static_cast<std::size_t>(bar) - filled, '.') + "] ";
        room -= bar + 3;
    }
    line += percent;
    if (columnsOf(time) <= room) {
        line += time;
        room -= columnsOf(time);
    }
    if (room > 5 && !detail.empty())
        line += "  " + fitted(detail, room - 2);
    return line;
}

ProgressBar::ProgressBar(std::string title, Verbose verbose)
    : title_(std::move(title)), terminal_(isTerminal()), verbose_(verbose), start_(Clock::now()),
      drawn_(start_ - kRedrawInterval) {}

ProgressBar::~ProgressBar() {
    clear();
}

void ProgressBar::update(double fraction, std::string_view detail) {
    if (!terminal_ && verbose_ == Verbose::No)
        return;
    const std::lock_guard lock(mutex_);
    fraction_ = std::max(fraction_, fraction);
    detail_ = detail;
    const Clock::time_point now = Clock::now();
    if (terminal_) {
        if (now - drawn_ >= kRedrawInterval)
            drawLocked(now);
        return;
    }
    const int tenths = static_cast<int>(std::clamp(fraction_, 0.0, 1.0) * 10.0);
    if (tenths > tenths_) {
        tenths_ = tenths;
        std::fprintf(stderr, "%s: %d %% %s\n", title_.c_str(), tenths * 10, detail_.c_str());
    }
}

void ProgressBar::clear() {
    const std::lock_guard lock(mutex_);
    if (!shown_)
        return;
    std::fputs(kClearLine, stderr);
    std::fflush(stderr);
    shown_ = false;
    drawn_ = start_ - kRedrawInterval;
}

void ProgressBar::drawLocked(Clock::time_point now) {
    constexpr double kSecondsBeforeGuessing = 1.0;
    constexpr double kFractionBeforeGuessing = 0.02;
    const double elapsed = std::chrono::duration<double>(now - start_).count();
    const bool canGuess = elapsed > kSecondsBeforeGuessing && fraction_ > kFractionBeforeGuessing;
    const double left = canGuess ? elapsed * (1.0 - fraction_) / fraction_ : -1.0;
    // One column stays free: writing into the last one wraps on some terminals.
    const std::string line = progressLine(title_, fraction_, detail_, left, terminalColumns() - 1);
    std::fprintf(stderr, "%s%s", kClearLine, line.c_str());
    std::fflush(stderr);
    shown_ = true;
    drawn_ = now;
}

} // namespace segue::tools
