// Pictures from names: some shapes in colours that go together, chosen by a hash. Nothing of the
// names themselves is in them, so there is nothing to escape. Pure functions, any thread.

#include "artwork/GeneratedPicture.h"

#include <array>
#include <cstdint>
#include <string>

#include "processing/types/Hash.h"

namespace segue::artwork {
namespace {

/// Colours that go together: ground, first shape, second shape.
struct Palette {
    const char *ground, *first, *second;
};
constexpr std::array<Palette, 12> kPalettes{{{"#1f3a5f", "#f2a65a", "#e8e1d5"},
                                             {"#3b2c4a", "#e07a5f", "#f2cc8f"},
                                             {"#0f4c4c", "#f4d58d", "#e76f51"},
                                             {"#7a2e2e", "#f2b5a7", "#f7ede2"},
                                             {"#22333b", "#c6ac8f", "#eae0d5"},
                                             {"#2d4739", "#b5c99a", "#f6bd60"},
                                             {"#4a3f6b", "#b8a1d9", "#f4acb7"},
                                             {"#16324f", "#6fb3b8", "#f9dc5c"},
                                             {"#5b1f3a", "#f26b6b", "#ffc9a5"},
                                             {"#263a29", "#e86a33", "#f2e3db"},
                                             {"#efe3d0", "#c8553d", "#2d3142"},
                                             {"#dfe7e3", "#2f6690", "#f2a65a"}}};

/// On 64 by 64; A and B stand for the colours of the shapes, x and y for numbers of chance (0 ..
/// 9).
constexpr std::array<const char*, 8> kShapes{
    // two discs, one seen through the other
    R"(<circle cx="2x" cy="34" r="1y" fill="A"/><circle cx="4x" cy="3y" r="17" fill="B" opacity=".82"/>)",
    // the sign of Segue: one sound that goes, one that comes
    R"(<path d="M0 1xc36 0 28 40 64 40v20H0z" fill="A"/><path d="M64 2yC28 22 36 58 0 58v6h64z" fill="B" opacity=".85"/>)",
    // rings
    R"(<circle cx="1x" cy="5y" r="46" fill="A"/><circle cx="1x" cy="5y" r="35" fill="B"/><circle cx="1x" cy="5y" r="24" fill="A"/><circle cx="1x" cy="5y" r="13" fill="B"/>)",
    // a sun over hills
    R"(<circle cx="4x" cy="2y" r="12" fill="B"/><path d="M0 44c10-8 18-8 28-1s22 7 36-3v24H0z" fill="A"/><path d="M0 54c12-6 20-4 32 0s20 4 32-2v12H0z" fill="B" opacity=".55"/>)",
    // a level meter
    R"(<g fill="A"><rect x="10" y="1x" width="6" height="36" rx="3"/><rect x="28" y="1y" width="6" height="40" rx="3"/><rect x="46" y="2x" width="6" height="28" rx="3"/></g><g fill="B"><rect x="19" y="2y" width="6" height="24" rx="3"/><rect x="37" y="1x" width="6" height="32" rx="3"/></g>)",
    // a disc on a diagonal
    R"(<path d="M0 0h64L0 64z" fill="A"/><circle cx="3x" cy="3y" r="15" fill="B"/>)",
    // an arch within an arch
    R"(<path d="M8 64V38a24 24 0 0 1 48 0v26z" fill="A"/><path d="M2x 64V4ya10 10 0 0 1 20 0V64z" fill="B"/>)",
    // three waves
    R"(<g fill="none" stroke-width="6" stroke-linecap="round"><path d="M-4 2xq9-12 18 0t18 0 18 0 18 0" stroke="A"/><path d="M-4 35q9-12 18 0t18 0 18 0 18 0" stroke="B"/><path d="M-4 4yq9-12 18 0t18 0 18 0 18 0" stroke="A" opacity=".7"/></g>)"};

std::string drawn(const char* shape, const Palette& palette, std::uint64_t chance) {
    std::string svg;
    for (const char* c = shape; *c != '\0'; ++c) {
        // Capitals in quotes are colours; a digit before x or y asks for one of chance.
        const bool quoted = c != shape && c[-1] == '"' && c[1] == '"';
        const bool number = (*c == 'x' || *c == 'y') && c != shape && c[-1] >= '1' && c[-1] <= '5';
        if (quoted && *c == 'A')
            svg += palette.first;
        else if (quoted && *c == 'B')
            svg += palette.second;
        else if (number)
            svg += std::to_string((*c == 'x' ? chance : chance / 10) % 10);
        else
            svg += *c;
    }
    return svg;
}

} // namespace

Picture generatedPicture(std::string_view artist, std::string_view album) {
    const std::uint64_t hash = Hasher().text(artist).text(album).finish().low;
    const Palette& palette = kPalettes[hash % kPalettes.size()];
    const char* shape = kShapes[hash / 100 % kShapes.size()];
    const auto turn = static_cast<int>(hash / 10'000 % 4) * 90;
    std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\">"
                      "<rect width=\"64\" height=\"64\" fill=\"" +
                      std::string(palette.ground) + "\"/><g transform=\"rotate(" +
                      std::to_string(turn) + " 32 32)\">";
    svg += drawn(shape, palette, hash / 1'000'000);
    return {svg + "</g></svg>\n", "image/svg+xml"};
}

} // namespace segue::artwork
