#pragma once

/// A helper of hot loops: must be inlined to be compiled for their instruction set.
#define SEGUE_INLINE [[maybe_unused]] inline __attribute__((always_inline))

/// On a simple loop, which the compiler turns into vectors itself: compiled once per instruction
/// set, chosen when the program is loaded. Sanitizers and Clang get the plain version (their
/// start-up and the loader's choice do not mix); the results are the same.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SEGUE_HOT_LOOP __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SEGUE_HOT_LOOP
#endif

namespace segue::dsp {

/// Four floats in a register, on every processor.
using V4 = float __attribute__((vector_size(16)));
using V4i = int __attribute__((vector_size(16)));

} // namespace segue::dsp
