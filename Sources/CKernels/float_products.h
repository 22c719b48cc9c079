// Transposition and matrix products. A part of float_kernels.h.
#pragma once

#include "float_functions.h"
#include "float_lanes.h"

#define MIXED(low, high, ...) __builtin_shufflevector(low, high, __VA_ARGS__)

/// Sixteen rows of sixteen numbers, transposed in registers: pairs of rows are interleaved at growing distances.
/// `activates`: their sigmoids.
ALWAYS void transpose_square(const int activates, const float *input, ptrdiff_t input_stride, float *output,
                             ptrdiff_t output_stride) {
    lanes a[16], b[16];
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
        a[i] = load(input + i * input_stride);
        a[i] = activates ? sigmoid(a[i]) : a[i];
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

ALWAYS void transpose_blocks(const int activates, const float *input, ptrdiff_t input_stride, float *output,
                             ptrdiff_t output_stride, size_t rows, size_t columns) {
    for (size_t r0 = 0; r0 < rows; r0 += LANES) {
        size_t r1 = r0 + LANES < rows ? r0 + LANES : rows;
        for (size_t c0 = 0; c0 < columns; c0 += LANES) {
            size_t c1 = c0 + LANES < columns ? c0 + LANES : columns;
            const float *from = input + (ptrdiff_t)r0 * input_stride + c0;
            float *to = output + (ptrdiff_t)c0 * output_stride + r0;
            if (r1 - r0 == LANES && c1 - c0 == LANES) {
                transpose_square(activates, from, input_stride, to, output_stride);
                continue;
            }
            // A part of a square: as if there were more of the input, of which nothing is written.
            float padded[LANES * LANES] = {0}, turned[LANES * LANES];
            for (size_t r = 0; r < r1 - r0; r++) {
                memcpy(padded + r * LANES, from + (ptrdiff_t)r * input_stride, (c1 - c0) * sizeof(float));
            }
            transpose_square(activates, padded, LANES, turned, LANES);
            for (size_t c = 0; c < c1 - c0; c++) {
                memcpy(to + (ptrdiff_t)c * output_stride, turned + c * LANES, (r1 - r0) * sizeof(float));
            }
        }
    }
}

static void transpose(const float *input, ptrdiff_t input_stride, float *output, ptrdiff_t output_stride, size_t rows,
                      size_t columns) {
    transpose_blocks(0, input, input_stride, output, output_stride, rows, columns);
}

static void transpose_sigmoids(const float *input, ptrdiff_t input_stride, float *output, ptrdiff_t output_stride,
                               size_t rows, size_t columns) {
    transpose_blocks(1, input, input_stride, output, output_stride, rows, columns);
}

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
