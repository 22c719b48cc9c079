// Pixels' way out: sums, normalisation, PReLU and quantisation in one pass. A part of float_kernels.h.
#pragma once

#include "float_lanes.h"

/// Sixteen channels, or `rest` where fewer are left.
ALWAYS void finish_lanes(const sightline_float_pixels *p, size_t pixel, size_t c, size_t rest) {
    const ptrdiff_t n = (ptrdiff_t)pixel;
    lanes value = load(p->input + n * p->input_stride + c);
    if (p->addend) {
        value = value + load(p->addend + n * p->addend_stride + c);
    }
    if (p->scale) {
        value = fused(value, load(p->scale + c), load(p->shift + c));
        value = select(value < splat(0.0f), value * load(p->slope + c), value);
    }
    if (p->reals) {
        float *to = p->reals + n * p->reals_stride + c;
        if (rest >= LANES) {
            store(to, value);
        } else {
            store_part(to, value, rest);
        }
    }
    if (p->bytes) {
        value = fused(value, load(p->factors + c), load(p->zero_points + c));
        value = smaller(larger(splat(0.0f), value), splat(255.0f));
        bytes result =
            __builtin_convertvector(__builtin_convertvector(__builtin_elementwise_roundeven(value), mask), bytes);
        uint8_t *to = p->bytes + n * p->bytes_stride + c;
        if (rest >= LANES) {
            memcpy(to, &result, LANES);
        } else {
            store_bytes(to, result, rest);
        }
    }
}

static void finish_pixels(const sightline_float_pixels *given) {
    const sightline_float_pixels p = *given;
    for (size_t pixel = 0; pixel < p.pixels; pixel++) {
        size_t c = 0;
        for (; c + LANES <= p.channels; c += LANES) {
            finish_lanes(&p, pixel, c, LANES);
        }
        if (c < p.channels) {
            finish_lanes(&p, pixel, c, p.channels - c);
        }
    }
}
