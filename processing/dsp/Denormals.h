#pragma once

#if defined(__SSE__)
#include <xmmintrin.h>
#endif
#include <cstdint>

namespace segue::dsp {

/// While it lives, this thread's arithmetic flushes denormal numbers to zero: a filter that rings
/// out in silence would otherwise run a hundred times slower, and its last bits would depend on
/// nothing audible.
class ScopedFlushToZero {
  public:
#if defined(__SSE__)
    ScopedFlushToZero() noexcept : saved_(_mm_getcsr()) {
        _mm_setcsr(saved_ | kFlushAndZero);
    }
    ~ScopedFlushToZero() {
        _mm_setcsr(saved_);
    }
#elif defined(__aarch64__)
    ScopedFlushToZero() noexcept {
        asm volatile("mrs %0, fpcr" : "=r"(saved_));
        asm volatile("msr fpcr, %0" ::"r"(saved_ | kFlushAndZero));
    }
    ~ScopedFlushToZero() {
        asm volatile("msr fpcr, %0" ::"r"(saved_));
    }
#else
    ScopedFlushToZero() noexcept {}
#endif
    ScopedFlushToZero(const ScopedFlushToZero&) = delete;
    ScopedFlushToZero& operator=(const ScopedFlushToZero&) = delete;

  private:
#if defined(__SSE__)
    static constexpr unsigned kFlushAndZero = 0x8040; // FTZ and DAZ of MXCSR
    unsigned saved_;
#elif defined(__aarch64__)
    static constexpr std::uint64_t kFlushAndZero = std::uint64_t{1} << 24; // FZ of FPCR
    std::uint64_t saved_ = 0;
#endif
};

} // namespace segue::dsp
