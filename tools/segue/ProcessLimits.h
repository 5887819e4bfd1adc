#pragma once

namespace segue::tools {

/// Lets the process open as many files as the system allows it.
void raiseDescriptorLimit();

} // namespace segue::tools
