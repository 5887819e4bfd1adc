// Bars in a terminal, in eighths of a character where it can show them.
#include "tools/segue/BarPicture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace segue::tools {
namespace {

constexpr int kEighths = 8;
constexpr std::array<const char*, kEighths + 1> kBlocks{" ", "▁", "▂", "▃", "▄",
                                                        "▅", "▆", "▇", "█"};
constexpr int kScaleColumns = 6;

/// How many eighths of its column's character in `row` (0: lowest) a bar fills.
int eighthsInRow(double value, const BarPicture& picture, int row) {
    const double part = (value - picture.bottom) / (picture.top - picture.bottom);
    const auto filled =
        std::isfinite(part) ? std::lround(std::clamp(part, 0.0, 1.0) * picture.rows * kEighths) : 0;
    return std::clamp(static_cast<int>(filled) - row * kEighths, 0, kEighths);
}

std::string scaleAt(const BarPicture& picture, int row) {
    char text[32];
    // The upper edge of the row.
    std::snprintf(text, sizeof text, "%*.0f ", kScaleColumns - 1,
                  picture.bottom + (picture.top - picture.bottom) * (row + 1) / picture.rows);
    return row % 2 == 1 ? text : std::string(kScaleColumns, ' ');
}

} // namespace

Glyphs glyphsOfTerminal() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
        if (const char* value = std::getenv(name); value && *value) {
            const std::string_view locale(value);
            const bool unicode = locale.find("UTF-8") != std::string_view::npos ||
                                 locale.find("utf8") != std::string_view::npos;
            return unicode ? Glyphs::Unicode : Glyphs::Ascii;
        }
    return Glyphs::Ascii;
}

std::string draw(const BarPicture& picture, Glyphs glyphs, const std::string& indent) {
    const char* edge = glyphs == Glyphs::Unicode ? "┤" : "|";
    std::string out;
    for (int row = picture.rows - 1; row >= 0; --row) {
        std::string line;
        for (const double value : picture.values) {
            const int filled = eighthsInRow(value, picture, row);
            const char* glyph = glyphs == Glyphs::Unicode
                                    ? kBlocks[static_cast<std::size_t>(filled)]
                                    : (filled >= kEighths / 2 ? "#" : " ");
            for (int i = 0; i < picture.barColumns; ++i)
                line += glyph;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += indent + scaleAt(picture, row) + edge + line + "\n";
    }
    if (picture.labels.empty())
        return out;
    std::string below;
    for (const auto& [bar, text] : picture.labels) {
        const std::size_t column = bar * static_cast<std::size_t>(picture.barColumns);
        if (column < below.size() + (below.empty() ? 0 : 1))
            continue; // no room beside the label before
        below.resize(column, ' ');
        below += text;
    }
    return out + indent + std::string(kScaleColumns + 1, ' ') + below + "\n";
}

} // namespace segue::tools
