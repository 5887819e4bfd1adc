#pragma once

#include <cstdint>
#include <string>

#include "processing/types/Error.h"
#include "processing/types/Hash.h"

namespace segue::mastering {

enum class Preset { Adaptive, Gentle, Warm, Bright, Punchy, Live };

} // namespace segue::mastering
