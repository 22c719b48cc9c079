// The single-precision kernels' bodies, compiled once per instruction set by float_*.c, which define
// SIGHTLINE_FLOAT_TABLE and the target. Vectors always have sixteen lanes; the compiler splits them where the machine's
// are shorter, so every instruction set computes the same.
#include <math.h>
#include <string.h>

#include "sightline_float.h"

#pragma STDC FP_CONTRACT OFF

typedef float lanes __attribute__((vector_size(64)));
typedef int32_t mask __attribute__((vector_size(64)));
typedef float unaligned_lanes __attribute__((vector_size(64), aligned(4)));

enum { LANES = 16 };

#define ALWAYS static inline __attribute__((always_inline))

ALWAYS lanes load(const float *p) { return *(const unaligned_lanes *)p; }
ALWAYS void store(float *p, lanes v) { *(unaligned_lanes *)p = v; }
ALWAYS lanes splat(float v) { return (lanes){v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v}; }
ALWAYS lanes load_part(const float *p, size_t count, float filler) {
    lanes v = splat(filler);
    memcpy(&v, p, count * sizeof(float));
    return v;
}
ALWAYS void store_part(float *p, lanes v, size_t count) { memcpy(p, &v, count * sizeof(float)); }
ALWAYS lanes select(mask condition, lanes yes, lanes no) {
    return (lanes)((condition & (mask)yes) | (~condition & (mask)no));
}
ALWAYS lanes fused(lanes a, lanes b, lanes c) { return __builtin_elementwise_fma(a, b, c); }
ALWAYS lanes smaller(lanes a, lanes b) { return select(b < a, b, a); }
ALWAYS lanes larger(lanes a, lanes b) { return select(b > a, b, a); }

/// e^x: 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2] (coefficients of Cephes' expf); within 2 units in the last place.
ALWAYS lanes exponential(lanes x) {
    lanes limited = larger(smaller(x, splat(88.72283f)), splat(-87.33654f));
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
    // Two factors, since 2^128 alone has no representation.
    mask exponent = __builtin_convertvector(n, mask);
    mask half = exponent >> 1;
    lanes power = (lanes)((half + 127) << 23) * (lanes)((exponent - half + 127) << 23);
    lanes y = p * power;
    y = select(x < splat(-87.33654f), splat(0.0f), y);
    y = select(x > splat(88.72283f), splat(INFINITY), y);
    return select(x != x, x, y);
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
        case SIGHTLINE_FLOAT_EXP: EACH(exponential(x)); break;
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

ALWAYS float fold_sum(lanes v) {
    float s[LANES];
    store(s, v);
    for (int width = LANES / 2; width > 0; width /= 2) {
        for (int i = 0; i < width; i++) {
            s[i] = s[i] + s[i + width];
        }
    }
    return s[0];
}

ALWAYS float fold_maximum(lanes v) {
    float largest = v[0];
    for (int i = 1; i < LANES; i++) {
        largest = v[i] > largest ? v[i] : largest;
    }
    return largest;
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
        lanes offset = splat(maximum(input, count));
        lanes total = splat(0.0f);
        size_t i = 0;
        for (; i + LANES <= count; i += LANES) {
            lanes e = exponential(load(input + i) - offset);
            total += e;
            store(output + i, e);
        }
        if (i < count) {
            lanes e = exponential(load_part(input + i, count - i, -INFINITY) - offset);
            total += e;
            store_part(output + i, e, count - i);
        }
        apply(SIGHTLINE_FLOAT_AFFINE, 1.0f / fold_sum(total), 0.0f, output, output, count);
    }
}

static void transpose(const float *input, ptrdiff_t input_stride, float *output, ptrdiff_t output_stride, size_t rows,
                      size_t columns) {
    // Squares of 16 x 16: sixteen cache lines on either side stay in L1.
    for (size_t r0 = 0; r0 < rows; r0 += LANES) {
        size_t r1 = r0 + LANES < rows ? r0 + LANES : rows;
        for (size_t c0 = 0; c0 < columns; c0 += LANES) {
            size_t c1 = c0 + LANES < columns ? c0 + LANES : columns;
            for (size_t c = c0; c < c1; c++) {
                const float *from = input + (ptrdiff_t)r0 * input_stride + (ptrdiff_t)c;
                float *to = output + (ptrdiff_t)c * output_stride;
                for (size_t r = r0; r < r1; r++, from += input_stride) {
                    to[r] = *from;
                }
            }
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
            size_t rest = (size_t)(w->channels - c);
            int whole = rest >= LANES;
            lanes total = whole ? load(bias + c) : load_part(bias + c, rest, 0);
            for (int32_t i = taps_y.from; i < taps_y.to; i++) {
                const float *row = w->input + (w->first_row + i * w->dilation_height) * w->input_row_stride + c;
                for (int32_t j = taps_x.from; j < taps_x.to; j++) {
                    const float *pixel = row + (column + j * w->dilation_width) * w->input_pixel_stride;
                    const float *weight = weights + (ptrdiff_t)(i * w->kernel_width + j) * w->channels + c;
                    total = whole ? fused(load(pixel), load(weight), total)
                                  : fused(load_part(pixel, rest, 0), load_part(weight, rest, 0), total);
                }
            }
            if (whole) {
                store(output + c, total);
            } else {
                store_part(output + c, total, rest);
            }
        }
    }
}

ALWAYS void pool_row(const sightline_float_window *w, const float *reciprocals, int is_maximum) {
    range taps_y = inside(w->first_row, w->dilation_height, w->kernel_height, w->input_height);
    for (int32_t x = 0; x < w->output_width; x++) {
        int32_t column = w->first_column + x * w->stride_width;
        range taps_x = inside(column, w->dilation_width, w->kernel_width, w->input_width);
        float *output = w->output + x * w->output_pixel_stride;
        for (int32_t c = 0; c < w->channels; c += LANES) {
            size_t rest = (size_t)(w->channels - c);
            int whole = rest >= LANES;
            lanes total = splat(is_maximum ? -INFINITY : 0.0f);
            for (int32_t i = taps_y.from; i < taps_y.to; i++) {
                const float *row = w->input + (w->first_row + i * w->dilation_height) * w->input_row_stride + c;
                for (int32_t j = taps_x.from; j < taps_x.to; j++) {
                    const float *pixel = row + (column + j * w->dilation_width) * w->input_pixel_stride;
                    lanes value = whole ? load(pixel) : load_part(pixel, rest, 0);
                    total = is_maximum ? larger(total, value) : total + value;
                }
            }
            if (!is_maximum) {
                total *= splat(reciprocals[x]);
            }
            if (whole) {
                store(output + c, total);
            } else {
                store_part(output + c, total, rest);
            }
        }
    }
}

static void maximum_row(const sightline_float_window *window) { pool_row(window, 0, 1); }
static void average_row(const sightline_float_window *window, const float *reciprocals) {
    pool_row(window, reciprocals, 0);
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
    .sum = sum,
    .maximum = maximum,
};
