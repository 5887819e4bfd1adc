// Pictures from names. Pure functions, any thread.

#include "artwork/GeneratedPicture.h"

#include <cstdint>
#include <string>

#include "processing/types/Hash.h"

namespace segue::artwork {
namespace {

constexpr int kMostLetters = 2;

std::size_t lengthOfFirst(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return length < text.size() ? length : text.size();
}

/// Of the first words that begin with a letter or digit.
std::string initials(std::string_view text) {
    std::string letters;
    int count = 0;
    bool atWord = true;
    while (!text.empty() && count < kMostLetters) {
        const std::size_t length = lengthOfFirst(text);
        const char c = text.front();
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        const bool letter = length > 1 || plain;
        if (letter && atWord) {
            letters += length == 1 && c >= 'a' && c <= 'z'
                           ? std::string(1, static_cast<char>(c - 32))
                           : std::string(text.substr(0, length));
            ++count;
        }
        atWord = c == ' ' || (!letter && atWord);
        text.remove_prefix(length);
    }
    return letters;
}

} // namespace

Picture generatedPicture(std::string_view artist, std::string_view album) {
    const std::uint64_t hash = Hasher().text(artist).text(album).finish().low;
    const auto hue = static_cast<int>(hash % 360);
    const auto turn = static_cast<int>(hash / 360 % 90) + 30;
    const auto x = static_cast<int>(hash / 100'000 % 400);
    const auto y = static_cast<int>(hash / 100'000'000 % 400);
    // Letters and digits only, so nothing has to be escaped.
    std::string letters = initials(album);
    if (letters.empty())
        letters = initials(artist);
    const auto colour = [](int at, int light) {
        return "hsl(" + std::to_string(at % 360) + ",45%," + std::to_string(light) + "%)";
    };
    std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 400 400\">"
                      "<rect width=\"400\" height=\"400\" fill=\"" +
                      colour(hue, 28) + "\"/><circle cx=\"" + std::to_string(x) + "\" cy=\"" +
                      std::to_string(y) + "\" r=\"190\" fill=\"" + colour(hue + turn, 40) + "\"/>";
    if (!letters.empty())
        svg += "<text x=\"200\" y=\"200\" dy=\".36em\" text-anchor=\"middle\" "
               "font-family=\"sans-serif\" font-size=\"150\" fill=\"#fff\" fill-opacity=\".85\">" +
               letters + "</text>";
    return {svg + "</svg>\n", "image/svg+xml"};
}

} // namespace segue::artwork
