// Pixels' way out: sums, normalisation, PReLU and quantisation in one pass. A part of float_kernels.h.
#pragma once

#include "float_lanes.h"

/// Sixteen channels of all pixels, or `rest` where fewer are left, so that what is the same for all pixels stays in registers.
/// The flags are constants: whether there is an addend, a scale, and outputs of either kind.
ALWAYS void finish_lanes(const sightline_float_pixels *p, size_t c, size_t rest, int adds, int scales, int reals,
                         int bytes_too) {
    const lanes zero = splat(0.0f);
    const lanes scale = scales ? load(p->scale + c) : zero, shift = scales ? load(p->shift + c) : zero;
    const lanes slope = scales ? load(p->slope + c) : zero;
    const lanes factors = bytes_too ? load(p->factors + c) : zero, zeros = bytes_too ? load(p->zero_points + c) : zero;
    for (ptrdiff_t pixel = 0; pixel < (ptrdiff_t)p->pixels; pixel++) {
        lanes value = load(p->input + pixel * p->input_stride + c);
        if (adds) {
            value = value + load(p->addend + pixel * p->addend_stride + c);
        }
        if (scales) {
            value = fused(value, scale, shift);
            value = select(value < zero, value * slope, value);
        }
        if (reals) {
            float *to = p->reals + pixel * p->reals_stride + c;
            if (rest >= LANES) {
                store(to, value);
            } else {
                store_part(to, value, rest);
            }
        }
        if (bytes_too) {
            value = smaller(larger(zero, fused(value, factors, zeros)), splat(255.0f));
            const bytes result =
                __builtin_convertvector(__builtin_convertvector(__builtin_elementwise_roundeven(value), mask), bytes);
            uint8_t *to = p->bytes + pixel * p->bytes_stride + c;
            if (rest >= LANES) {
                memcpy(to, &result, LANES);
            } else {
                store_bytes(to, result, rest);
            }
        }
    }
}

#define FINISH(FLAGS)                                                                                       \
    case FLAGS:                                                                                             \
        for (size_t c = 0; c < p.channels; c += LANES) {                                                    \
            finish_lanes(&p, c, p.channels - c, (FLAGS) & 1, (FLAGS) >> 1 & 1, (FLAGS) >> 2 & 1, (FLAGS) >> 3); \
        }                                                                                                   \
        break

static void finish_pixels(const sightline_float_pixels *given) {
    const sightline_float_pixels p = *given;
    switch ((p.addend != NULL) + 2 * (p.scale != NULL) + 4 * (p.reals != NULL) + 8 * (p.bytes != NULL)) {
        FINISH(4);
        FINISH(5);
        FINISH(6);
        FINISH(7);
        FINISH(8);
        FINISH(9);
        FINISH(10);
        FINISH(11);
        FINISH(12);
        FINISH(13);
        FINISH(14);
        FINISH(15);
        default: break;
    }
}
#undef FINISH
