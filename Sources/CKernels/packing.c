#include "packing.h"

#include <string.h>

#include "geometry.h"
#include "numerics.h"

static uint32_t quads_of(const sightline_convolution_shape *shape) { return (shape->input_channels + 3) / 4; }

static sightline_block block_at(const sightline_packing *packing, const sightline_convolution_shape *shape,
                                uint32_t first_channel, size_t offset) {
    const uint32_t left = shape->output_channels - first_channel;
    const size_t taps = sightline_taps(shape), quads = quads_of(shape);
    sightline_block block = {.first_channel = first_channel, .offset = offset};
    if (left == 0) {
        return block;
    }
    // A last vector that is not full belongs to the last block, unless a split block does for its channels.
    const uint32_t vectors = left / packing->lanes + (left % packing->lanes > packing->split_channels);
    if (vectors == 0) {
        block.channels = left;
        block.bytes = taps * ((quads + 1) / 2) * 64;
        return block;
    }
    block.vectors = packing->rule(vectors);
    const uint32_t capacity = block.vectors * packing->lanes;
    block.channels = left < capacity ? left : capacity;
    block.bytes = taps * quads * capacity * 4 * packing->element_bytes;
    return block;
}

sightline_block sightline_first_block(const sightline_packing *packing, const sightline_convolution_shape *shape) {
    return block_at(packing, shape, 0, sizeof(sightline_packed_header));
}

sightline_block sightline_next_block(const sightline_packing *packing, const sightline_convolution_shape *shape,
                                     const sightline_block *block) {
    return block_at(packing, shape, block->first_channel + block->channels, block->offset + block->bytes);
}

size_t sightline_packed_bytes(const sightline_packing *packing, const sightline_convolution_shape *shape) {
    sightline_assert_shape(shape);
    sightline_block block = sightline_first_block(packing, shape);
    while (block.channels > 0) {
        block = sightline_next_block(packing, shape, &block);
    }
    return block.offset;
}

/// The weight of one output channel at one tap, zero beyond the real input channels.
static int8_t weight_at(const sightline_convolution_shape *shape, const int8_t *channel_weights, size_t tap,
                        uint32_t input_channel) {
    return input_channel < shape->input_channels ? channel_weights[tap * shape->input_channels + input_channel] : 0;
}

static void pack_split_block(const sightline_convolution_shape *shape, const sightline_block *block,
                             const int8_t *weights, int8_t *out) {
    const size_t taps = sightline_taps(shape), depth = taps * shape->input_channels;
    const uint32_t pairs = (quads_of(shape) + 1) / 2;
    memset(out, 0, block->bytes);
    for (size_t tap = 0; tap < taps; tap++) {
        for (uint32_t pair = 0; pair < pairs; pair++) {
            for (uint32_t channel = 0; channel < block->channels; channel++) {
                const int8_t *channel_weights = weights + (block->first_channel + channel) * depth;
                for (uint32_t k = 0; k < 8; k++) {
                    out[channel * 8 + k] = weight_at(shape, channel_weights, tap, pair * 8 + k);
                }
            }
            out += 64;
        }
    }
}

/// A block of bytes: each lane's quads lie a step of the whole block apart.
static void pack_byte_block(const sightline_convolution_shape *shape, const sightline_block *block, uint32_t lanes,
                            const int8_t *weights, int8_t *packed) {
    const size_t taps = sightline_taps(shape), depth = taps * shape->input_channels, step = 4 * block->vectors * lanes;
    const uint32_t whole = shape->input_channels / 4, left = shape->input_channels % 4;
    for (uint32_t lane = 0; lane < block->channels; lane++) {
        const int8_t *from = weights + (block->first_channel + lane) * depth;
        int8_t *to = packed + 4 * lane;
        for (size_t tap = 0; tap < taps; tap++) {
            for (uint32_t quad = 0; quad < whole; quad++, from += 4, to += step) {
                memcpy(to, from, 4);
            }
            if (left > 0) {
                memcpy(to, from, left);
                from += left;
                to += step;
            }
        }
    }
}

/// A block of weights widened to 16 bits: [vector][half of the quad][lane][2].
static void pack_widened_block(const sightline_convolution_shape *shape, const sightline_block *block, uint32_t lanes,
                               const int8_t *weights, int16_t *packed) {
    static const uint32_t order[4] = {0, 2, 1, 3};
    const size_t taps = sightline_taps(shape), depth = taps * shape->input_channels;
    size_t index = 0;
    for (size_t tap = 0; tap < taps; tap++) {
        for (uint32_t quad = 0; quad < quads_of(shape); quad++) {
            for (uint32_t lane = 0; lane < block->vectors * lanes; lane++, index++) {
                if (lane >= block->channels) {
                    continue;
                }
                const int8_t *channel_weights = weights + (block->first_channel + lane) * depth;
                const size_t vector = index / lanes, place = index % lanes;
                for (uint32_t k = 0; k < 4; k++) {
                    packed[(vector * 2 + k / 2) * lanes * 2 + place * 2 + k % 2] =
                        weight_at(shape, channel_weights, tap, quad * 4 + order[k]);
                }
            }
        }
    }
}

static void pack_block(const sightline_packing *packing, const sightline_convolution_shape *shape,
                       const sightline_block *block, const int8_t *weights, void *packed) {
    memset(packed, 0, block->bytes);
    if (packing->element_bytes == 1) {
        pack_byte_block(shape, block, packing->lanes, weights, packed);
    } else {
        pack_widened_block(shape, block, packing->lanes, weights, packed);
    }
}

void sightline_pack(const sightline_packing *packing, const sightline_convolution_shape *shape, const int8_t *weights,
                    void *packed) {
    const size_t depth = sightline_taps(shape) * shape->input_channels;
    sightline_packed_header header = {.largest_sum = sightline_largest_sum(weights, shape->output_channels, depth)};
    memcpy(packed, &header, sizeof header);
    sightline_block block = sightline_first_block(packing, shape);
    while (block.channels > 0) {
        if (block.vectors == 0) {
            pack_split_block(shape, &block, weights, (int8_t *)packed + block.offset);
        } else {
            pack_block(packing, shape, &block, weights, (int8_t *)packed + block.offset);
        }
        block = sightline_next_block(packing, shape, &block);
    }
}

float sightline_largest_sum(const int8_t *weights, size_t channels, size_t depth) {
    uint64_t largest = 0;
    for (size_t channel = 0; channel < channels; channel++) {
        uint64_t sum = 0;
        for (size_t k = 0; k < depth; k++) {
            const int32_t weight = weights[channel * depth + k];
            sum += (uint64_t)(weight < 0 ? -weight : weight);
        }
        largest = sum > largest ? sum : largest;
    }
    largest *= 255;
    const uint64_t limit = (uint64_t)1 << 31;  // Sums that would be larger wrap.
    return (float)(largest < limit ? largest : limit);
}

// Kernels with AVX2 at least ask for this at each call.
#if defined(__x86_64__)
#define WIDE __attribute__((target("avx2")))
#else
#define WIDE
#endif

/// The largest magnitude, found on the bits, where NaN is larger than infinity.
WIDE static float largest_magnitude(const float *values, uint32_t count) {
    uint32_t largest = 0;
    for (uint32_t n = 0; n < count; n++) {
        uint32_t bits;
        memcpy(&bits, values + n, sizeof bits);
        bits &= 0x7FFFFFFFu;
        largest = bits > largest ? bits : largest;
    }
    float magnitude;
    memcpy(&magnitude, &largest, sizeof magnitude);
    return magnitude;
}

/// The largest value that arcs have for arguments of up to `reach` in magnitude.
WIDE static float largest_arc_value(const sightline_arcs *arcs, float reach) {
    float largest = 0;
    for (int arc = 0; arc < SIGHTLINE_ARCS; arc++) {
        const int is_open = arc == 0 || arc == SIGHTLINE_ARCS - 1;
        const float u = is_open && reach > SIGHTLINE_ARCS ? reach : SIGHTLINE_ARCS;
        const float value = (fabsf(arcs->square[arc]) * u + fabsf(arcs->linear[arc])) * u + fabsf(arcs->constant[arc]);
        if (!(value < INFINITY)) {
            return INFINITY;  // For NaN too.
        }
        largest = value > largest ? value : largest;
    }
    return largest;
}

/// Whether values of up to `reach` in magnitude still fit after what the epilogue does to them.
WIDE static int fits(const sightline_epilogue *epilogue, uint32_t channels, float reach) {
    if (epilogue->kind == SIGHTLINE_OUTPUT_PRELU) {
        const float slope = largest_magnitude(epilogue->negative_slope, channels);
        const float zero_point = largest_magnitude(&epilogue->zero_point, 1);
        reach = reach * (slope < 1 ? 1 : slope) + zero_point;
    }
    if (epilogue->kind == SIGHTLINE_OUTPUT_ARCS) {
        if (!(reach < SIGHTLINE_ARC_LIMIT)) {
            return 0;
        }
        reach = largest_arc_value(epilogue->arcs, reach) * largest_magnitude(epilogue->gain, channels) +
                largest_magnitude(epilogue->offset, channels);
    }
    return epilogue->kind == SIGHTLINE_OUTPUT_FLOAT || reach < 0x1p30f;  // False for NaN.
}

WIDE int sightline_conversion_is_safe(const sightline_epilogue *epilogue, uint32_t channels, float largest_sum) {
    const float scale = largest_magnitude(epilogue->scale, channels);
    return fits(epilogue, channels, scale * largest_sum + largest_magnitude(epilogue->bias, channels));
}

WIDE int sightline_blend_is_safe(const sightline_epilogue *epilogue, const float *scale_b, uint32_t channels) {
    float scale = largest_magnitude(epilogue->scale, channels);
    scale += scale_b ? largest_magnitude(scale_b, channels) : 0;
    return fits(epilogue, channels, scale * 255 + largest_magnitude(epilogue->bias, channels));
}
