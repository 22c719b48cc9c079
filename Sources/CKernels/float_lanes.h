// Sixteen single-precision lanes: loads and stores of whole and partial vectors, selection, the fused multiply-add.
// A part of float_kernels.h.
#pragma once

#include <math.h>
#include <string.h>

#include "sightline_float.h"

#pragma STDC FP_CONTRACT OFF

typedef float lanes __attribute__((vector_size(64)));
typedef int32_t mask __attribute__((vector_size(64)));
typedef uint8_t bytes __attribute__((vector_size(16)));
typedef float unaligned_lanes __attribute__((vector_size(64), aligned(4)));

enum { LANES = 16 };

#define ALWAYS static inline __attribute__((always_inline))

ALWAYS lanes load(const float *p) { return *(const unaligned_lanes *)p; }
ALWAYS void store(float *p, lanes v) { *(unaligned_lanes *)p = v; }
ALWAYS lanes splat(float v) { return (lanes){v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v}; }
ALWAYS lanes select(mask condition, lanes yes, lanes no) {
    return (lanes)((condition & (mask)yes) | (~condition & (mask)no));
}
#if defined(__x86_64__) && !defined(SIGHTLINE_HAS_FUSED)
typedef double wide __attribute__((vector_size(128)));
typedef int64_t wide_bits __attribute__((vector_size(128)));

/// The fused multiply-add where the processor has none. The product is exact in double precision; the sum is rounded to
/// odd (truncated, the last bit set when anything was cut off), which makes its rounding to single precision the right
/// one (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008).
ALWAYS lanes fused(lanes a, lanes b, lanes c) {
    wide product = __builtin_convertvector(a, wide) * __builtin_convertvector(b, wide);
    wide addend = __builtin_convertvector(c, wide);
    wide sum = product + addend;
    wide part = sum - product;
    wide error = (product - (sum - part)) + (addend - part);
    wide_bits bits = (wide_bits)sum;
    wide_bits inexact = (wide_bits)(error != 0) & (wide_bits)(error == error);
    wide_bits away = inexact & (((wide_bits)error ^ bits) >> 63);
    bits = ((bits + away) & inexact) | (bits & ~inexact) | (inexact & 1);
    return __builtin_convertvector((wide)bits, lanes);
}
#else
ALWAYS lanes fused(lanes a, lanes b, lanes c) { return __builtin_elementwise_fma(a, b, c); }
#endif

/// The first `count` numbers, the rest `filler`. Reads all sixteen.
ALWAYS lanes load_part(const float *p, size_t count, float filler) {
    const mask index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return select(index < (int32_t)count, load(p), splat(filler));
}

/// The first `count` lanes, the rest zero.
ALWAYS lanes first_lanes(lanes v, size_t count) {
    const mask index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return select(index < (int32_t)count, v, splat(0.0f));
}

#if defined(SIGHTLINE_MASKED_STORES)
// The compiler's own names of the masked stores, as its header of them declares another `select`.
typedef char signed_bytes __attribute__((vector_size(16)));

/// Writes the first `count` (below 16) numbers.
ALWAYS void store_part(float *p, lanes v, size_t count) {
    __builtin_ia32_storeups512_mask(p, v, (uint16_t)((1u << count) - 1));
}

ALWAYS void store_bytes(uint8_t *p, bytes v, size_t count) {
    __builtin_ia32_storedquqi128_mask((signed_bytes *)p, (signed_bytes)v, (uint16_t)((1u << count) - 1));
}
#else
/// Writes the first `count` (below 16) numbers, in pieces of eight, four, two and one.
ALWAYS void store_part(float *p, lanes v, size_t count) {
    if (count & 8) {
        memcpy(p, &v, 32);
        p += 8;
        v = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    }
    if (count & 4) {
        memcpy(p, &v, 16);
        p += 4;
        v = __builtin_shufflevector(v, v, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
    }
    if (count & 2) {
        memcpy(p, &v, 8);
        p += 2;
        v = __builtin_shufflevector(v, v, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3);
    }
    if (count & 1) {
        memcpy(p, &v, 4);
    }
}

/// The same for bytes.
ALWAYS void store_bytes(uint8_t *p, bytes v, size_t count) {
    if (count & 8) {
        memcpy(p, &v, 8);
        p += 8;
        v = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    }
    if (count & 4) {
        memcpy(p, &v, 4);
        p += 4;
        v = __builtin_shufflevector(v, v, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
    }
    if (count & 2) {
        memcpy(p, &v, 2);
        p += 2;
        v = __builtin_shufflevector(v, v, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3);
    }
    if (count & 1) {
        memcpy(p, &v, 1);
    }
}
#endif

ALWAYS lanes smaller(lanes a, lanes b) { return select(b < a, b, a); }
ALWAYS lanes larger(lanes a, lanes b) { return select(b > a, b, a); }
