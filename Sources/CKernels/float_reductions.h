// Sums, maxima, softmax and its parts. A part of float_kernels.h.
#pragma once

#include "float_functions.h"
#include "float_products.h"

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

/// Sixteen rows' weighted means at once: transposed, so that each lane is a row.
ALWAYS void expect_sixteen(const float *input, ptrdiff_t input_stride, const float *weights, float *output) {
    float columns[LANES * LANES];
    transpose_square(0, input, input_stride, columns, LANES);
    lanes largest = load(columns);
    for (int i = 1; i < LANES; i++) {
        largest = larger(largest, load(columns + LANES * i));
    }
    lanes total = splat(0.0f), mean = splat(0.0f);
    for (int i = 0; i < LANES; i++) {
        lanes e = exponential(load(columns + LANES * i) - largest);
        total += e;
        mean = fused(e, splat(weights[i]), mean);
    }
    store(output, mean / total);
}

static void expectation(const float *input, ptrdiff_t input_stride, const float *weights, float *output,
                        ptrdiff_t output_stride, size_t rows) {
    float means[LANES];
    for (size_t row = 0; row < rows; row += LANES, input += LANES * input_stride) {
        size_t count = rows - row < LANES ? rows - row : LANES;
        if (count == LANES) {
            expect_sixteen(input, input_stride, weights, means);
        } else {
            float copy[LANES * LANES] = {0};
            for (size_t r = 0; r < count; r++) {
                memcpy(copy + LANES * r, input + (ptrdiff_t)r * input_stride, sizeof(float) * LANES);
            }
            expect_sixteen(copy, LANES, weights, means);
        }
        for (size_t r = 0; r < count; r++) {
            output[(ptrdiff_t)(row + r) * output_stride] = means[r];
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
