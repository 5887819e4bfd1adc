// Gives the static library of JUCE modules a source of its own; JUCE's own units are added by its
// CMake targets.
