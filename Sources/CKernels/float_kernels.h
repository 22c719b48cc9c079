// The single-precision kernels' bodies, compiled once per instruction set by float_*.c, which define
// SIGHTLINE_FLOAT_TABLE and the target. Vectors always have sixteen lanes; the compiler splits them where the machine's
// are shorter, so every instruction set computes the same.
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

ALWAYS lanes smaller(lanes a, lanes b) { return select(b < a, b, a); }
ALWAYS lanes larger(lanes a, lanes b) { return select(b > a, b, a); }

/// e^x: 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2] (coefficients of Cephes' expf); within 2 units in the last place
/// between e^-87.3 and e^88.3, where it stops falling and growing. NaN stays.
ALWAYS lanes exponential(lanes x) {
    lanes limited = larger(smaller(x, splat(88.37f)), splat(-87.33f));
    lanes n = __builtin_elementwise_roundeven(limited * splat(1.44269504088896341f));
    lanes r = fused(n, splat(-0.693359375f), limited);
    r = fused(n, splat(2.12194440e-4f), r);
    lanes p = splat(1.9875691500e-4f);
    p = fused(p, r, splat(1.3981999507e-3f));
    p = fused(p, r, splat(8.3334519073e-3f));
    p = fused(p, r, splat(4.1665795894e-2f));
    p = fused(p, r, splat(1.6666665459e-1f));
    p = fused(p, r, splat(5.0000001201e-1f));
    p = fused(p, r * r, r + splat(1.0f));
    return p * (lanes)((__builtin_convertvector(n, mask) + 127) << 23);
}

/// e^x with its limits: 0 and infinity.
ALWAYS lanes full_exponential(lanes x) {
    lanes y = select(x < splat(-87.33f), splat(0.0f), exponential(x));
    return select(x > splat(88.37f), splat(INFINITY), y);
}

ALWAYS lanes sigmoid(lanes x) { return splat(1.0f) / (splat(1.0f) + exponential(-x)); }

/// tanh x as a rational function (the coefficients that Eigen uses); within 3 units in the last place.
ALWAYS lanes hyperbolic_tangent(lanes x) {
    lanes v = larger(smaller(x, splat(7.90531110763549805f)), splat(-7.90531110763549805f));
    lanes s = v * v;
    lanes p = splat(-2.76076847742355e-16f);
    p = fused(p, s, splat(2.00018790482477e-13f));
    p = fused(p, s, splat(-8.60467152213735e-11f));
    p = fused(p, s, splat(5.12229709037114e-08f));
    p = fused(p, s, splat(1.48572235717979e-05f));
    p = fused(p, s, splat(6.37261928875436e-04f));
    p = fused(p, s, splat(4.89352455891786e-03f));
    lanes q = splat(1.19825839466702e-06f);
    q = fused(q, s, splat(1.18534705686654e-04f));
    q = fused(q, s, splat(2.26843463243900e-03f));
    q = fused(q, s, splat(4.89352518554385e-03f));
    return v * p / q;
}

#define EACH_LANE(call)                             \
    lanes y;                                        \
    for (int i = 0; i < LANES; i++) {               \
        y[i] = call;                                \
    }                                               \
    return y;

ALWAYS lanes error_function(lanes x) { EACH_LANE(erff(x[i])) }
ALWAYS lanes logarithm(lanes x) { EACH_LANE(logf(x[i])) }
ALWAYS lanes raised(lanes x, lanes p) { EACH_LANE(powf(x[i], p[i])) }
ALWAYS lanes softplus(lanes x) { EACH_LANE(x[i] > 20.0f ? x[i] : log1pf(expf(x[i]))) }
ALWAYS lanes exponential_less_one(lanes x) { EACH_LANE(expm1f(x[i])) }

#define EACH(expression)                                        \
    do {                                                        \
        size_t i = 0;                                           \
        for (; i + LANES <= count; i += LANES) {                \
            lanes x = load(input + i);                          \
            store(output + i, (expression));                    \
        }                                                       \
        if (i < count) {                                        \
            lanes x = load_part(input + i, count - i, 0.0f);    \
            store_part(output + i, (expression), count - i);    \
        }                                                       \
    } while (0)

static void apply_slow(sightline_float_function function, float p, float q, const float *input, float *output,
                       size_t count) {
    (void)q;
    switch (function) {
        case SIGHTLINE_FLOAT_ELU: EACH(select(x < splat(0.0f), splat(p) * exponential_less_one(x), x)); break;
        case SIGHTLINE_FLOAT_SOFTPLUS: EACH(softplus(x)); break;
        case SIGHTLINE_FLOAT_MISH: EACH(x * hyperbolic_tangent(softplus(x))); break;
        case SIGHTLINE_FLOAT_GELU:
            EACH(splat(0.5f) * x * (splat(1.0f) + error_function(x * splat(0.70710678118654752f))));
            break;
        case SIGHTLINE_FLOAT_GELU_TANH:
            EACH(splat(0.5f) * x *
                 (splat(1.0f) + hyperbolic_tangent(splat(0.79788456080286536f) * fused(splat(0.044715f), x * x * x, x))));
            break;
        case SIGHTLINE_FLOAT_ERF: EACH(error_function(x)); break;
        case SIGHTLINE_FLOAT_LOG: EACH(logarithm(x)); break;
        case SIGHTLINE_FLOAT_POWER: EACH(raised(x, splat(p))); break;
        default: break;
    }
}

static void apply(sightline_float_function function, float p, float q, const float *input, float *output, size_t count) {
    switch (function) {
        case SIGHTLINE_FLOAT_COPY: memmove(output, input, count * sizeof(float)); break;
        case SIGHTLINE_FLOAT_AFFINE: EACH(fused(x, splat(p), splat(q))); break;
        case SIGHTLINE_FLOAT_CLIP: EACH(smaller(larger(x, splat(p)), splat(q))); break;
        case SIGHTLINE_FLOAT_LEAKY: EACH(select(x < splat(0.0f), x * splat(p), x)); break;
        case SIGHTLINE_FLOAT_SIGMOID: EACH(sigmoid(x)); break;
        case SIGHTLINE_FLOAT_SILU: EACH(x / (splat(1.0f) + exponential(x * splat(-p)))); break;
        case SIGHTLINE_FLOAT_HARD_SIGMOID:
            EACH(smaller(larger(fused(x, splat(p), splat(q)), splat(0.0f)), splat(1.0f)));
            break;
        case SIGHTLINE_FLOAT_HARD_SWISH:
            EACH(x * smaller(larger(fused(x, splat(1.0f / 6.0f), splat(0.5f)), splat(0.0f)), splat(1.0f)));
            break;
        case SIGHTLINE_FLOAT_TANH: EACH(hyperbolic_tangent(x)); break;
        case SIGHTLINE_FLOAT_EXP: EACH(full_exponential(x)); break;
        case SIGHTLINE_FLOAT_SQUARE_ROOT: EACH(__builtin_elementwise_sqrt(x)); break;
        case SIGHTLINE_FLOAT_RECIPROCAL: EACH(splat(1.0f) / x); break;
        case SIGHTLINE_FLOAT_NEGATE: EACH(-x); break;
        case SIGHTLINE_FLOAT_ABSOLUTE: EACH((lanes)((mask)x & 0x7FFFFFFF)); break;
        case SIGHTLINE_FLOAT_SQUARE: EACH(x * x); break;
        case SIGHTLINE_FLOAT_FLOOR: EACH(__builtin_elementwise_floor(x)); break;
        case SIGHTLINE_FLOAT_CEILING: EACH(__builtin_elementwise_ceil(x)); break;
        case SIGHTLINE_FLOAT_ROUND: EACH(__builtin_elementwise_roundeven(x)); break;
        default: apply_slow(function, p, q, input, output, count); break;
    }
}

#define EACH_PAIR(expression)                                \
    do {                                                     \
        size_t i = 0;                                        \
        for (; i + LANES <= count; i += LANES) {             \
            lanes x = load(a + i), y = load(b + i);          \
            store(output + i, (expression));                 \
        }                                                    \
        if (i < count) {                                     \
            lanes x = load_part(a + i, count - i, 1.0f);     \
            lanes y = load_part(b + i, count - i, 1.0f);     \
            store_part(output + i, (expression), count - i); \
        }                                                    \
    } while (0)

static void combine(sightline_float_combination function, const float *a, const float *b, float *output, size_t count) {
    switch (function) {
        case SIGHTLINE_FLOAT_ADD: EACH_PAIR(x + y); break;
        case SIGHTLINE_FLOAT_SUBTRACT: EACH_PAIR(x - y); break;
        case SIGHTLINE_FLOAT_MULTIPLY: EACH_PAIR(x * y); break;
        case SIGHTLINE_FLOAT_DIVIDE: EACH_PAIR(x / y); break;
        case SIGHTLINE_FLOAT_MINIMUM: EACH_PAIR(select(x != x, x, select(y < x, y, select(y != y, y, x)))); break;
        case SIGHTLINE_FLOAT_MAXIMUM: EACH_PAIR(select(x != x, x, select(y > x, y, select(y != y, y, x)))); break;
        case SIGHTLINE_FLOAT_PRELU: EACH_PAIR(select(x < splat(0.0f), x * y, x)); break;
        case SIGHTLINE_FLOAT_RAISE: EACH_PAIR(raised(x, y)); break;
    }
}

static void multiply_add(const float *a, const float *b, const float *c, float *output, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        store(output + i, fused(load(a + i), load(b + i), load(c + i)));
    }
    if (i < count) {
        size_t rest = count - i;
        lanes y = fused(load_part(a + i, rest, 0), load_part(b + i, rest, 0), load_part(c + i, rest, 0));
        store_part(output + i, y, rest);
    }
}

/// Halves are added until one lane is left.
ALWAYS float fold_sum(lanes v) {
    v += __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
    v += __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    v += __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    return v[0];
}

ALWAYS float fold_maximum(lanes v) {
    v = larger(v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    v = larger(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
    v = larger(v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
    v = larger(v, __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
    return v[0];
}

static float sum(const float *input, size_t count) {
    lanes total = splat(0.0f);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        total += load(input + i);
    }
    if (i < count) {
        total += load_part(input + i, count - i, 0.0f);
    }
    return fold_sum(total);
}

static float maximum(const float *input, size_t count) {
    lanes largest = splat(-INFINITY);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        largest = larger(largest, load(input + i));
    }
    if (i < count) {
        largest = larger(largest, load_part(input + i, count - i, -INFINITY));
    }
    return fold_maximum(largest);
}

static void softmax(const float *input, ptrdiff_t input_stride, float *output, ptrdiff_t output_stride, size_t rows,
                    size_t count) {
    for (size_t row = 0; row < rows; row++, input += input_stride, output += output_stride) {
        if (count <= LANES) {
            lanes x = load_part(input, count, -INFINITY);
            lanes e = exponential(x - splat(fold_maximum(x)));
            e = first_lanes(e, count);
            e *= splat(1.0f / fold_sum(e));
            if (count == LANES) {
                store(output, e);
            } else {
                store_part(output, e, count);
            }
            continue;
        }
        lanes offset = splat(maximum(input, count));
        lanes total = splat(0.0f);
        size_t i = 0;
        for (; i + LANES <= count; i += LANES) {
            lanes e = exponential(load(input + i) - offset);
            total += e;
            store(output + i, e);
        }
        if (i < count) {
            lanes e = first_lanes(exponential(load_part(input + i, count - i, -INFINITY) - offset), count - i);
            total += e;
            store_part(output + i, e, count - i);
        }
        lanes factor = splat(1.0f / fold_sum(total));
        for (i = 0; i + LANES <= count; i += LANES) {
            store(output + i, load(output + i) * factor);
        }
        if (i < count) {
            store_part(output + i, load_part(output + i, count - i, 0.0f) * factor, count - i);
        }
    }
}

#define MIXED(low, high, ...) __builtin_shufflevector(low, high, __VA_ARGS__)

/// Sixteen rows of sixteen numbers, transposed in registers: pairs of rows are interleaved at growing distances.
ALWAYS void transpose_square(const float *input, ptrdiff_t input_stride, float *output, ptrdiff_t output_stride) {
    lanes a[16], b[16];
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
        a[i] = load(input + i * input_stride);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i += 2) {
        b[i] = MIXED(a[i], a[i + 1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
        b[i + 1] = MIXED(a[i], a[i + 1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
        if (!(i & 2)) {
            a[i] = MIXED(b[i], b[i + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
            a[i + 2] = MIXED(b[i], b[i + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
        if (!(i & 4)) {
            b[i] = MIXED(a[i], a[i + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
            b[i + 4] = MIXED(a[i], a[i + 4], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) {
        store(output + i * output_stride,
              MIXED(b[i], b[i + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
        store(output + (i + 8) * output_stride,
              MIXED(b[i], b[i + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
    }
}

static void transpose(const float *input, ptrdiff_t input_stride, float *output, ptrdiff_t output_stride, size_t rows,
                      size_t columns) {
    for (size_t r0 = 0; r0 < rows; r0 += LANES) {
        size_t r1 = r0 + LANES < rows ? r0 + LANES : rows;
        for (size_t c0 = 0; c0 < columns; c0 += LANES) {
            size_t c1 = c0 + LANES < columns ? c0 + LANES : columns;
            const float *from = input + (ptrdiff_t)r0 * input_stride + c0;
            float *to = output + (ptrdiff_t)c0 * output_stride + r0;
            if (r1 - r0 == LANES && c1 - c0 == LANES) {
                transpose_square(from, input_stride, to, output_stride);
                continue;
            }
            for (size_t c = 0; c < c1 - c0; c++) {
                for (size_t r = 0; r < r1 - r0; r++) {
                    to[(ptrdiff_t)c * output_stride + (ptrdiff_t)r] = from[(ptrdiff_t)r * input_stride + (ptrdiff_t)c];
                }
            }
        }
    }
}

// MARK: products

#ifndef SIGHTLINE_PRODUCT_ROWS
#define SIGHTLINE_PRODUCT_ROWS 2
#define SIGHTLINE_PRODUCT_LANES 1
#define SIGHTLINE_PRODUCT_NARROW_ROWS 2
#endif

/// `ROWS` rows times `VECTORS` vectors of columns. Every sum is one chain of fused multiply-adds from its initial value
/// through segments and depth in order, so that results do not depend on the tile.
ALWAYS void product_tile(const sightline_float_product *p, size_t row, const float *b, size_t column,
                         const size_t ROWS, const size_t VECTORS) {
    lanes sums[8][4];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < ROWS; r++) {
#pragma clang loop unroll(full)
        for (size_t v = 0; v < VECTORS; v++) {
            sums[r][v] = p->accumulates ? load(p->c + (ptrdiff_t)(row + r) * p->c_row_stride + column + v * LANES)
                         : p->initial ? load(p->initial + column + v * LANES)
                                      : splat(0.0f);
        }
    }
    for (size_t segment = 0; segment < p->segments; segment++) {
        const float *from[8];
#pragma clang loop unroll(full)
        for (size_t r = 0; r < ROWS; r++) {
            from[r] = p->pointers[segment * p->pointer_pitch + row + r];
        }
        for (size_t k = 0; k < p->length; k++) {
            lanes values[4];
#pragma clang loop unroll(full)
            for (size_t v = 0; v < VECTORS; v++) {
                values[v] = load(b + v * LANES);
            }
            b += p->b_row_stride;
#pragma clang loop unroll(full)
            for (size_t r = 0; r < ROWS; r++) {
                lanes a = splat(*from[r]);
                from[r] += p->depth_stride;
#pragma clang loop unroll(full)
                for (size_t v = 0; v < VECTORS; v++) {
                    sums[r][v] = fused(a, values[v], sums[r][v]);
                }
            }
        }
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < ROWS; r++) {
        float *c = p->c + (ptrdiff_t)(row + r) * p->c_row_stride + column;
#pragma clang loop unroll(full)
        for (size_t v = 0; v < VECTORS; v++) {
            size_t rest = p->columns - column - v * LANES;
            if (rest >= LANES) {
                store(c + v * LANES, sums[r][v]);
            } else {
                store_part(c + v * LANES, sums[r][v], rest);
            }
        }
    }
}

ALWAYS void product_rows(const sightline_float_product *p, const float *b, size_t column, const size_t ROWS,
                         const size_t VECTORS) {
    size_t row = 0;
    for (; row + ROWS <= p->rows; row += ROWS) {
        product_tile(p, row, b, column, ROWS, VECTORS);
    }
    for (; row < p->rows; row++) {
        product_tile(p, row, b, column, 1, VECTORS);
    }
}

static void product(const sightline_float_product *p) {
    for (size_t column = 0; column < p->columns; column += SIGHTLINE_FLOAT_PANEL) {
        const float *b = p->b + (ptrdiff_t)(column / SIGHTLINE_FLOAT_PANEL) * p->b_panel_stride;
        size_t end = p->columns - column < SIGHTLINE_FLOAT_PANEL ? p->columns : column + SIGHTLINE_FLOAT_PANEL;
        size_t at = column;
#if SIGHTLINE_PRODUCT_LANES == 4
        size_t vectors = (end - at + LANES - 1) / LANES;
        if (vectors == 4) {
            product_rows(p, b, at, SIGHTLINE_PRODUCT_ROWS, 4);
            continue;
        }
        if (vectors == 3) {
            product_rows(p, b, at, 8, 3);
            continue;
        }
        if (vectors == 2) {
            product_rows(p, b, at, 8, 2);
            continue;
        }
#endif
        for (; at < end; at += LANES, b += LANES) {
            product_rows(p, b, at, SIGHTLINE_PRODUCT_NARROW_ROWS, 1);
        }
    }
}

static float scaled_maximum(const float *values, float scale, size_t count) {
    lanes largest = splat(-INFINITY);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        largest = larger(largest, load(values + i) * splat(scale));
    }
    if (i < count) {
        const mask index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        lanes last = load(values + i) * splat(scale);
        largest = larger(largest, select(index < (int32_t)(count - i), last, splat(-INFINITY)));
    }
    return fold_maximum(largest);
}

static float exponentials(float *values, float scale, float offset, size_t count) {
    lanes total = splat(0.0f);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        lanes e = exponential(fused(load(values + i), splat(scale), splat(-offset)));
        total += e;
        store(values + i, e);
    }
    if (i < count) {
        lanes e = first_lanes(exponential(fused(load(values + i), splat(scale), splat(-offset))), count - i);
        total += e;
        store_part(values + i, e, count - i);
    }
    return fold_sum(total);
}

// MARK: bytes

static void quantize_pixels(const float *input, const float *factors, const float *zero_points, uint8_t *output,
                            ptrdiff_t output_stride, size_t pixels, size_t channels) {
    for (size_t pixel = 0; pixel < pixels; pixel++, input += channels, output += output_stride) {
        for (size_t c = 0; c < channels; c += LANES) {
            size_t rest = channels - c;
            lanes value = fused(load(input + c), load(factors + c), load(zero_points + c));
            value = smaller(larger(splat(0.0f), value), splat(255.0f));
            bytes result = __builtin_convertvector(
                __builtin_convertvector(__builtin_elementwise_roundeven(value), mask), bytes);
            if (rest >= LANES) {
                memcpy(output + c, &result, LANES);
            } else {
                store_bytes(output + c, result, rest);
            }
        }
    }
}

static void quantize_rows(float scale, int32_t zero_point, const float *input, uint8_t *output, ptrdiff_t output_stride,
                          size_t rows, size_t count) {
    lanes zero = splat((float)zero_point);
    for (size_t row = 0; row < rows; row++, input += count, output += output_stride) {
        for (size_t c = 0; c < count; c += LANES) {
            lanes value = __builtin_elementwise_roundeven(load(input + c) / splat(scale));
            value = select(value == value, value, splat(0.0f)) + zero;
            value = smaller(larger(value, splat(0.0f)), splat(255.0f));
            bytes result = __builtin_convertvector(__builtin_convertvector(value, mask), bytes);
            if (count - c >= LANES) {
                memcpy(output + c, &result, LANES);
            } else {
                store_bytes(output + c, result, count - c);
            }
        }
    }
}

static void copy_pixels(const uint8_t *input, ptrdiff_t input_stride, uint8_t *output, ptrdiff_t output_stride,
                        size_t pixels, size_t count) {
    if (count % 64 == 0) {
        for (size_t pixel = 0; pixel < pixels; pixel++, input += input_stride, output += output_stride) {
            for (size_t i = 0; i < count; i += 64) {
                memcpy(output + i, input + i, 64);
            }
        }
    } else if (count % 16 == 0) {
        for (size_t pixel = 0; pixel < pixels; pixel++, input += input_stride, output += output_stride) {
            for (size_t i = 0; i < count; i += 16) {
                memcpy(output + i, input + i, 16);
            }
        }
    } else if (count % 4 == 0) {
        for (size_t pixel = 0; pixel < pixels; pixel++, input += input_stride, output += output_stride) {
            for (size_t i = 0; i < count; i += 4) {
                memcpy(output + i, input + i, 4);
            }
        }
    } else if (count < 16) {
        for (size_t pixel = 0; pixel < pixels; pixel++, input += input_stride, output += output_stride) {
            bytes value;
            memcpy(&value, input, 16);
            store_bytes(output, value, count);
        }
    } else {
        // The last piece overlaps the one before it.
        for (size_t pixel = 0; pixel < pixels; pixel++, input += input_stride, output += output_stride) {
            for (size_t i = 0; i + 16 < count; i += 16) {
                memcpy(output + i, input + i, 16);
            }
            memcpy(output + count - 16, input + count - 16, 16);
        }
    }
}

typedef struct {
    int32_t from, to;
} range;

/// The taps [from, to) whose position first + tap * dilation lies in [0, extent).
ALWAYS range inside(int32_t first, int32_t dilation, int32_t taps, int32_t extent) {
    range taken = {0, taps};
    while (taken.from < taken.to && first + taken.from * dilation < 0) {
        taken.from++;
    }
    while (taken.to > taken.from && first + (taken.to - 1) * dilation >= extent) {
        taken.to--;
    }
    return taken;
}

static void depthwise_row(const sightline_float_window *w, const float *weights, const float *bias) {
    range taps_y = inside(w->first_row, w->dilation_height, w->kernel_height, w->input_height);
    for (int32_t x = 0; x < w->output_width; x++) {
        int32_t column = w->first_column + x * w->stride_width;
        range taps_x = inside(column, w->dilation_width, w->kernel_width, w->input_width);
        float *output = w->output + x * w->output_pixel_stride;
        for (int32_t c = 0; c < w->channels; c += LANES) {
            lanes total = load(bias + c);
            for (int32_t i = taps_y.from; i < taps_y.to; i++) {
                const float *row = w->input + (w->first_row + i * w->dilation_height) * w->input_row_stride + c;
                for (int32_t j = taps_x.from; j < taps_x.to; j++) {
                    const float *pixel = row + (column + j * w->dilation_width) * w->input_pixel_stride;
                    const float *weight = weights + (ptrdiff_t)(i * w->kernel_width + j) * w->channels + c;
                    total = fused(load(pixel), load(weight), total);
                }
            }
            if (w->channels - c >= LANES) {
                store(output + c, total);
            } else {
                store_part(output + c, total, (size_t)(w->channels - c));
            }
        }
    }
}

/// The maximum, or the sum, of the window's rows for each input pixel of the row: one run of floats, pixels adjacent.
ALWAYS void pool_columns(const sightline_float_window *w, float *scratch, int is_maximum) {
    range taps = inside(w->first_row, w->dilation_height, w->kernel_height, w->input_height);
    int is_run = w->input_pixel_stride == w->channels;
    int32_t runs = is_run ? 1 : w->input_width;
    int32_t length = is_run ? w->input_width * w->channels : w->channels;
    for (int32_t run = 0; run < runs; run++) {
        const float *from = w->input + run * w->input_pixel_stride;
        float *to = scratch + (ptrdiff_t)run * length;
        for (int32_t k = 0; k < length; k += LANES) {
            lanes total = splat(is_maximum ? -INFINITY : 0.0f);
            for (int32_t i = taps.from; i < taps.to; i++) {
                lanes value = load(from + (w->first_row + i * w->dilation_height) * w->input_row_stride + k);
                total = is_maximum ? larger(total, value) : total + value;
            }
            if (length - k >= LANES) {
                store(to + k, total);
            } else {
                store_part(to + k, total, (size_t)(length - k));
            }
        }
    }
}

ALWAYS void pool_row(const sightline_float_window *w, const float *reciprocals, float *scratch, int is_maximum) {
    pool_columns(w, scratch, is_maximum);
    for (int32_t x = 0; x < w->output_width; x++) {
        int32_t column = w->first_column + x * w->stride_width;
        range taps = inside(column, w->dilation_width, w->kernel_width, w->input_width);
        float *output = w->output + x * w->output_pixel_stride;
        for (int32_t c = 0; c < w->channels; c += LANES) {
            lanes total = splat(is_maximum ? -INFINITY : 0.0f);
            for (int32_t j = taps.from; j < taps.to; j++) {
                lanes value = load(scratch + (ptrdiff_t)(column + j * w->dilation_width) * w->channels + c);
                total = is_maximum ? larger(total, value) : total + value;
            }
            if (!is_maximum) {
                total *= splat(reciprocals[x]);
            }
            if (w->channels - c >= LANES) {
                store(output + c, total);
            } else {
                store_part(output + c, total, (size_t)(w->channels - c));
            }
        }
    }
}

static void maximum_row(const sightline_float_window *window, float *scratch) { pool_row(window, 0, scratch, 1); }
static void average_row(const sightline_float_window *window, const float *reciprocals, float *scratch) {
    pool_row(window, reciprocals, scratch, 0);
}

static void interpolate(const float *a, const float *b, float t, float *output, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        lanes x = load(a + i);
        store(output + i, fused(splat(t), load(b + i) - x, x));
    }
    if (i < count) {
        lanes x = load_part(a + i, count - i, 0);
        store_part(output + i, fused(splat(t), load_part(b + i, count - i, 0) - x, x), count - i);
    }
}

const sightline_float_kernels SIGHTLINE_FLOAT_TABLE = {
    .apply = apply,
    .combine = combine,
    .multiply_add = multiply_add,
    .softmax = softmax,
    .transpose = transpose,
    .depthwise_row = depthwise_row,
    .maximum_row = maximum_row,
    .average_row = average_row,
    .interpolate = interpolate,
    .product = product,
    .scaled_maximum = scaled_maximum,
    .exponentials = exponentials,
    .quantize_rows = quantize_rows,
    .quantize_pixels = quantize_pixels,
    .copy_pixels = copy_pixels,
    .sum = sum,
    .maximum = maximum,
};
