#pragma once

#include <string_view>

#include "artwork/Picture.h"

namespace segue::artwork {

/// A picture for what has none: shapes and colours that follow from both texts. The same texts give
/// the same bytes. SVG, so it has any size.
/// @param artist, album  valid UTF-8
Picture generatedPicture(std::string_view artist, std::string_view album);

} // namespace segue::artwork
