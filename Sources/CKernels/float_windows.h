// Depthwise convolution and pooling of rows. A part of float_kernels.h.
#pragma once

#include "float_lanes.h"

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
