// Exact scalar arithmetic that all kernels share. Everything here is IEEE single precision with one rounding per
// operation, so the compiler must not fuse a product and a sum that the contract keeps apart.
#pragma once

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

/// `value` limited to [lower, upper]; NaN becomes `lower`, as x86's maximum and minimum instructions have it.
static inline float sightline_limited(float value, float lower, float upper) {
    value = value > lower ? value : lower;
    return value < upper ? value : upper;
}

/// The nearest integer, halves to even, of a value below 2^22 in magnitude. Adding 1.5 * 2^23 leaves no bits for a
/// fraction, so the hardware's own rounding of the sum does the work; no library call, and it vectorises.
static inline int32_t sightline_rounded(float value) {
    const float shift = 12582912.0f;
    float shifted = value + shift;
    return (int32_t)(shifted - shift);
}

/// clamp(rne(value), lower, upper) for integral bounds: limiting first gives the same result and never overflows.
static inline uint8_t sightline_rounded_byte(float value, float lower, float upper) {
    return (uint8_t)sightline_rounded(sightline_limited(value, lower, upper));
}

static inline size_t sightline_rounded_up(size_t value, size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}
