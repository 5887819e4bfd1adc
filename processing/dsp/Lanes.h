#pragma once

#include <bit>
#include <cstdint>

#include "processing/dsp/InstructionSet.h"
#include "processing/dsp/SimdVector.h"

/// Whether loops for AVX2 and AVX-512 are compiled; Clang does not inline across instruction sets.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SEGUE_HAS_X86_LOOPS 1
#include <immintrin.h>
#else
#define SEGUE_HAS_X86_LOOPS 0
#endif

namespace segue::dsp {

using V8 = float __attribute__((vector_size(32)));
using V16 = float __attribute__((vector_size(64)));

/// Two registers as one of twice the lanes. A compiler that is given wider vectors than the
/// processor has takes them apart lane by lane, at ten times the cost.
template <typename Half>
struct Two {
    Half low, high;
};

// Sixteen lanes as each instruction set holds them. Every operation is per lane and nothing is
// contracted, so all processors compute the same bits: fused multiply-add would save AVX-512 a
// twelfth of a render, but processors without it (those of many small servers) would have to
// compute it in double precision, at ten times the cost.
using Lanes128 = Two<Two<V4>>;
using Lanes256 = Two<V8>;
using Lanes512 = V16;

template <typename Lanes>
inline constexpr int kNumLanes = sizeof(Lanes) / sizeof(float);

/// Eight lanes beside these sixteen.
template <typename Lanes>
struct HalfOfLanes;
template <>
struct HalfOfLanes<Lanes128> {
    using Type = Two<V4>;
};
template <>
struct HalfOfLanes<Lanes256> {
    using Type = V8;
};
template <>
struct HalfOfLanes<Lanes512> {
    using Type = V8;
};
template <typename Lanes>
using HalfOf = typename HalfOfLanes<Lanes>::Type;

template <typename Vector>
SEGUE_INLINE void load(Vector& vector, const float* memory) {
    __builtin_memcpy(&vector, memory, sizeof vector);
}
template <typename Half>
SEGUE_INLINE void load(Two<Half>& two, const float* memory) {
    load(two.low, memory);
    load(two.high, memory + kNumLanes<Half>);
}
template <typename Vector>
SEGUE_INLINE Vector loaded(const float* memory) {
    Vector vector;
    load(vector, memory);
    return vector;
}

template <typename Vector>
SEGUE_INLINE void store(const Vector& vector, float* memory) {
    __builtin_memcpy(memory, &vector, sizeof vector);
}
template <typename Half>
SEGUE_INLINE void store(const Two<Half>& two, float* memory) {
    store(two.low, memory);
    store(two.high, memory + kNumLanes<Half>);
}

template <typename Half>
SEGUE_INLINE Two<Half> operator+(const Two<Half>& a, const Two<Half>& b) {
    return {a.low + b.low, a.high + b.high};
}
template <typename Half>
SEGUE_INLINE Two<Half> operator-(const Two<Half>& a, const Two<Half>& b) {
    return {a.low - b.low, a.high - b.high};
}
template <typename Half>
SEGUE_INLINE Two<Half> operator*(const Two<Half>& a, const Two<Half>& b) {
    return {a.low * b.low, a.high * b.high};
}

// The first lane in every lane, or the first two by turns. GCC would fill wider vectors lane by
// lane.
SEGUE_INLINE void spread(const V4& first, V4& out) {
    out = __builtin_shufflevector(first, first, 0, 0, 0, 0);
}
#if SEGUE_HAS_X86_LOOPS
SEGUE_INLINE void spread(const V4& first, V8& out) {
    out = __builtin_ia32_vbroadcastss_ps256(first);
}
SEGUE_INLINE void spread(const V4& first, V16& out) {
    out = __builtin_ia32_broadcastss512(first, V16{}, -1);
}
#endif
template <typename Half>
SEGUE_INLINE void spread(const V4& first, Two<Half>& out) {
    spread(first, out.low);
    out.high = out.low;
}
SEGUE_INLINE void spreadTwo(const V4& firsts, V4& out) {
    out = __builtin_shufflevector(firsts, firsts, 0, 1, 0, 1);
}
#if SEGUE_HAS_X86_LOOPS
SEGUE_INLINE void spreadTwo(const V4& firsts, V8& out) {
    out = std::bit_cast<V8>(__builtin_ia32_pbroadcastq256(std::bit_cast<__v2di>(firsts)));
}
SEGUE_INLINE void spreadTwo(const V4& firsts, V16& out) {
    out = std::bit_cast<V16>(
        __builtin_ia32_pbroadcastq512(std::bit_cast<__v2di>(firsts), __v8di{}, -1));
}
#endif
template <typename Half>
SEGUE_INLINE void spreadTwo(const V4& firsts, Two<Half>& out) {
    spreadTwo(firsts, out.low);
    out.high = out.low;
}

/// x in every lane.
template <typename Vector>
SEGUE_INLINE Vector broadcast(float x) {
    Vector all;
    spread(V4{x, 0, 0, 0}, all);
    return all;
}
/// a in even lanes, b in odd ones.
template <typename Vector>
SEGUE_INLINE Vector broadcast(float a, float b) {
    Vector all;
    spreadTwo(V4{a, b, 0, 0}, all);
    return all;
}

/// The larger of each lane; b where they do not compare.
template <typename Vector>
SEGUE_INLINE Vector larger(const Vector& a, const Vector& b) {
    return a > b ? a : b;
}
template <typename Half>
SEGUE_INLINE Two<Half> larger(const Two<Half>& a, const Two<Half>& b) {
    return {larger(a.low, b.low), larger(a.high, b.high)};
}
template <typename Vector>
SEGUE_INLINE Vector smaller(const Vector& a, const Vector& b) {
    return a < b ? a : b;
}
template <typename Half>
SEGUE_INLINE Two<Half> smaller(const Two<Half>& a, const Two<Half>& b) {
    return {smaller(a.low, b.low), smaller(a.high, b.high)};
}
template <typename Vector>
SEGUE_INLINE Vector magnitude(const Vector& v) {
    return v < 0.0f ? -v : v;
}
template <typename Half>
SEGUE_INLINE Two<Half> magnitude(const Two<Half>& v) {
    return {magnitude(v.low), magnitude(v.high)};
}

SEGUE_INLINE V8 lowerHalf(const V16& v) {
    return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
}
SEGUE_INLINE V8 upperHalf(const V16& v) {
    return __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
}
SEGUE_INLINE V4 lowerHalf(const V8& v) {
    return __builtin_shufflevector(v, v, 0, 1, 2, 3);
}
SEGUE_INLINE V4 upperHalf(const V8& v) {
    return __builtin_shufflevector(v, v, 4, 5, 6, 7);
}
template <typename Half>
SEGUE_INLINE Half lowerHalf(const Two<Half>& v) {
    return v.low;
}
template <typename Half>
SEGUE_INLINE Half upperHalf(const Two<Half>& v) {
    return v.high;
}

SEGUE_INLINE float largestLane(const V4& v) {
    const float a = v[0] > v[1] ? v[0] : v[1];
    const float b = v[2] > v[3] ? v[2] : v[3];
    return a > b ? a : b;
}
template <typename Vector>
SEGUE_INLINE float largestLane(const Vector& v) {
    return largestLane(larger(lowerHalf(v), upperHalf(v)));
}

template <int lane>
SEGUE_INLINE float laneOf(const V4& v) {
    return v[lane];
}
template <int lane>
SEGUE_INLINE float laneOf(const V8& v) {
    return v[lane];
}
template <int lane>
SEGUE_INLINE float laneOf(const V16& v) {
    return v[lane];
}
template <int lane, typename Half>
SEGUE_INLINE float laneOf(const Two<Half>& v) {
    if constexpr (lane < kNumLanes<Half>)
        return laneOf<lane>(v.low);
    else
        return laneOf<lane - kNumLanes<Half>>(v.high);
}
template <typename Vector>
SEGUE_INLINE float lastLane(const Vector& v) {
    return laneOf<kNumLanes<Vector> - 1>(v);
}

/// Lane 0 gets `first`, every other one what the lane before it has.
SEGUE_INLINE V4 shiftedIn(const V4& v, float first) {
    return __builtin_shufflevector(v, broadcast<V4>(first), 4, 0, 1, 2);
}
#if SEGUE_HAS_X86_LOOPS
SEGUE_INLINE V8 shiftedIn(const V8& v, float first) {
    return __builtin_shufflevector(v, broadcast<V8>(first), 8, 0, 1, 2, 3, 4, 5, 6);
}
SEGUE_INLINE V16 shiftedIn(const V16& v, float first) {
    return __builtin_shufflevector(v, broadcast<V16>(first), 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
                                   11, 12, 13, 14);
}
#endif
template <typename Half>
SEGUE_INLINE Two<Half> shiftedIn(const Two<Half>& v, float first) {
    return {shiftedIn(v.low, first), shiftedIn(v.high, lastLane(v.low))};
}

/// The same in both halves, which get the last lanes of a and of b.
template <typename Half>
SEGUE_INLINE Two<Half> halvesShiftedIn(const Two<Half>& v, const Two<Half>& a, const Two<Half>& b) {
    return {shiftedIn(v.low, lastLane(a)), shiftedIn(v.high, lastLane(b))};
}
SEGUE_INLINE V16 halvesShiftedIn(const V16& v, const V16& a, const V16& b) {
    const V16 lasts = __builtin_shufflevector(a, b, 15, 31, 15, 31, 15, 31, 15, 31, 15, 31, 15, 31,
                                              15, 31, 15, 31);
    return __builtin_shufflevector(v, lasts, 16, 0, 1, 2, 3, 4, 5, 6, 17, 8, 9, 10, 11, 12, 13, 14);
}

} // namespace segue::dsp

// NOLINTBEGIN(bugprone-macro-parentheses): a type, and lists that have their own

/// Defines `result name parameters`, which calls `nameOn<Lanes> arguments`, a SEGUE_INLINE
/// template, compiled for the instruction set that is in use.
#if SEGUE_HAS_X86_LOOPS
#define SEGUE_LOOP(result, name, parameters, arguments)                                            \
    __attribute__((target("arch=x86-64-v4"))) result name##Avx512 parameters {                     \
        return name##On<::segue::dsp::Lanes512> arguments;                                         \
    }                                                                                              \
    __attribute__((target("arch=x86-64-v3"))) result name##Avx2 parameters {                       \
        return name##On<::segue::dsp::Lanes256> arguments;                                         \
    }                                                                                              \
    result name##Portable parameters {                                                             \
        return name##On<::segue::dsp::Lanes128> arguments;                                         \
    }                                                                                              \
    result name parameters {                                                                       \
        switch (::segue::dsp::instructionSet()) {                                                  \
        case ::segue::dsp::InstructionSet::Avx512:                                                 \
            return name##Avx512 arguments;                                                         \
        case ::segue::dsp::InstructionSet::Avx2:                                                   \
            return name##Avx2 arguments;                                                           \
        case ::segue::dsp::InstructionSet::Portable:                                               \
            break;                                                                                 \
        }                                                                                          \
        return name##Portable arguments;                                                           \
    }
#else
#define SEGUE_LOOP(result, name, parameters, arguments)                                            \
    result name parameters {                                                                       \
        return name##On<::segue::dsp::Lanes128> arguments;                                         \
    }
#endif

// NOLINTEND(bugprone-macro-parentheses)
