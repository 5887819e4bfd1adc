#pragma once

namespace segue::dsp {

/// Sixteen floats in one register where the processor has AVX-512, in two or four where it has not.
/// Every operation is per lane and nothing is contracted, so all processors compute the same bits.
using V16 = float __attribute__((vector_size(64)));
using V8 = float __attribute__((vector_size(32)));
using V4 = float __attribute__((vector_size(16)));
using V4i = int __attribute__((vector_size(16)));

} // namespace segue::dsp

/// On a hot loop: compiled once per instruction set, chosen when the program is loaded. Sanitizers
/// and Clang get the plain version (their start-up and the loader's choice do not mix); the results
/// are the same.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SEGUE_HOT_LOOP __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SEGUE_HOT_LOOP
#endif

/// A helper of hot loops: must be inlined to be compiled for their instruction set.
#define SEGUE_INLINE inline __attribute__((always_inline))

namespace segue::dsp {

template <typename Vector>
SEGUE_INLINE void load(Vector& vector, const float* memory) {
    __builtin_memcpy(&vector, memory, sizeof vector);
}

template <typename Vector>
SEGUE_INLINE void store(const Vector& vector, float* memory) {
    __builtin_memcpy(memory, &vector, sizeof vector);
}

} // namespace segue::dsp
