#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "library/TagReader.h"

namespace segue::library {

/// What a file says, as it says it: by names in upper case as TagLib's PropertyMap has them, each
/// with one value or several, in bytes of any kind.
using Fields = std::map<std::string, std::vector<std::string>>;

/// How several values of one field are told apart. ID3v2.3 has them in one text with slashes
/// between, which are also in "AC/DC".
enum class Lists { Separate, Slashes };

/// Fills in all of `tags` but the audio's properties and codec. `fileName` gives the title when
/// there is none.
void fillTags(Tags& tags, const Fields& fields, Lists lists, std::string_view fileName);

} // namespace segue::library
