// Elementwise operations on runs. A part of float_kernels.h.
#pragma once

#include "float_functions.h"

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
