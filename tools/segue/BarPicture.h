#pragma once

#include <string>
#include <vector>

namespace segue::tools {

enum class Glyphs { Ascii, Unicode };

/// What the environment's locale says about the terminal.
Glyphs glyphsOfTerminal();

/// Values as upright bars for a terminal, `rows` lines high, the scale on the left.
struct BarPicture {
    std::vector<double> values; ///< a bar each
    double bottom = 0, top = 1; ///< of the scale; values outside are cut
    int rows = 8;
    int barColumns = 1; ///< width of a bar
    /// Text below the bars: (index of the bar above its first character, text).
    std::vector<std::pair<std::size_t, std::string>> labels = {};
};

/// @return lines with their ends, each starting with `indent`
std::string draw(const BarPicture& picture, Glyphs glyphs, const std::string& indent);

} // namespace segue::tools
