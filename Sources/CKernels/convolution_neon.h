// Dense convolution with NEON, for the two kinds of int8 products that the processors have. Include after defining
// SIGHTLINE_NEON_MATRIX as 1 for products of 2x8 with 8x2 bytes (i8mm), 0 for dot products of four bytes (dotprod).
//
// Output channels come in blocks of sixteen. Packed weights, for each block:
//     dot products: [initial sum of each channel] [tap] [quad of input channels] [output channel] [4 input channels]
//     matrices:     [tap] [eight input channels] [pair of output channels] [2 output channels] [8 input channels]
// The dot product's bytes are signed: pixels are taken less 128, and the initial sums hold 128 times the weights' sums.
#include <assert.h>

#include "geometry.h"
#include "kernels_neon.h"
#include "neon.h"

enum {
    BLOCK = 16,
    VECTORS = 4,
    DEPTH = SIGHTLINE_NEON_MATRIX ? 8 : 4,  ///< Input channels that one product takes.
    STEP_BYTES = BLOCK * DEPTH,
    INITIAL_BYTES = SIGHTLINE_NEON_MATRIX ? 0 : BLOCK * 4,
};

// MARK: packing

static size_t steps_of(const sightline_convolution_shape *shape) { return (shape->input_channels + DEPTH - 1) / DEPTH; }

static size_t block_bytes(const sightline_convolution_shape *shape) {
    return INITIAL_BYTES + sightline_taps(shape) * steps_of(shape) * STEP_BYTES;
}

static size_t convolution_packed_bytes(const sightline_convolution_shape *shape) {
    sightline_assert_shape(shape);
    return (shape->output_channels + BLOCK - 1) / BLOCK * block_bytes(shape);
}

static void pack_channel(const sightline_convolution_shape *shape, const int8_t *weights, uint32_t lane, int8_t *block) {
    const size_t taps = sightline_taps(shape), steps = steps_of(shape);
    uint32_t sum = 0;
    for (size_t tap = 0; tap < taps; tap++) {
        for (uint32_t channel = 0; channel < shape->input_channels; channel++) {
            const int8_t weight = weights[tap * shape->input_channels + channel];
            const size_t step = tap * steps + channel / DEPTH;
            block[INITIAL_BYTES + step * STEP_BYTES + lane * DEPTH + channel % DEPTH] = weight;
            sum += (uint32_t)(int32_t)weight;
        }
    }
    if (INITIAL_BYTES > 0) {
        const uint32_t initial = 128u * sum;  // Wraps like the sums themselves.
        memcpy(block + lane * 4, &initial, 4);
    }
}

static void convolution_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed) {
    const size_t depth = sightline_taps(shape) * shape->input_channels;
    memset(packed, 0, convolution_packed_bytes(shape));
    for (uint32_t channel = 0; channel < shape->output_channels; channel++) {
        int8_t *block = (int8_t *)packed + channel / BLOCK * block_bytes(shape);
        pack_channel(shape, weights + channel * depth, channel % BLOCK, block);
    }
}

// MARK: tiles

/// How a tile walks through the input: rows of taps, in each some runs of contiguous bytes, in each some quads.
typedef struct {
    const int8_t *weights;
    ptrdiff_t pixel_step, row_step, segment_step;
    uint32_t rows, segments, quads;
} walk;

SIGHTLINE_NEON_INLINE uint8x16_t one_quad(const uint8_t *bytes) {
    uint32_t quad;
    memcpy(&quad, bytes, sizeof quad);
    return vreinterpretq_u8_u32(vdupq_n_u32(quad));
}

#if SIGHTLINE_NEON_MATRIX
enum { TILE_SUMS = 8 };  ///< Vectors of sums for two pixels: one for each pair of channels.

/// Two pixels' eight bytes side by side; four of them where only a quad is left, and zeros.
SIGHTLINE_NEON_INLINE uint8x16_t pixel_pair(const uint8_t *a, const uint8_t *b, const int quad) {
    if (quad) {
        uint32_t bytes[4] = {0};
        memcpy(bytes, a, 4);
        memcpy(bytes + 2, b, 4);
        return vreinterpretq_u8_u32(vld1q_u32(bytes));
    }
    return vcombine_u8(vld1_u8(a), vld1_u8(b));
}

/// Sums of `pixels` pixels (even), [pair of pixels][pair of channels]; each vector is [pixel][channel]. `last` is the
/// distance to the second pixel of the last pair: zero for a pixel that stands alone.
SIGHTLINE_NEON_INLINE void sum_windows(const int pixels, const walk *w, const uint8_t *input, ptrdiff_t last,
                                       int32x4_t sums[]) {
    const int8_t *weights = w->weights;
    for (int n = 0; n < pixels / 2 * TILE_SUMS; n++) {
        sums[n] = vdupq_n_s32(0);
    }
    for (uint32_t row = 0; row < w->rows; row++) {
        const uint8_t *segment = input + row * w->row_step;
        for (uint32_t n = 0; n < w->segments; n++, segment += w->segment_step) {
            const uint8_t *from = segment;
            for (uint32_t left = w->quads; left > 0; from += 8, weights += STEP_BYTES) {
                uint8x16_t a[4];
                for (int p = 0; p < pixels / 2; p++) {
                    const uint8_t *first = from + 2 * p * w->pixel_step;
                    const uint8_t *second = first + (p == pixels / 2 - 1 ? last : w->pixel_step);
                    a[p] = left > 1 ? pixel_pair(first, second, 0) : pixel_pair(first, second, 1);
                }
                left -= left > 1 ? 2 : 1;
                for (int c = 0; c < TILE_SUMS; c++) {
                    const int8x16_t b = vld1q_s8(weights + 16 * c);
                    for (int p = 0; p < pixels / 2; p++) {
                        sums[p * TILE_SUMS + c] = vusmmlaq_s32(sums[p * TILE_SUMS + c], a[p], b);
                    }
                }
            }
        }
    }
}

/// One pixel's sixteen channels.
SIGHTLINE_NEON_INLINE void pixel_sums(const int32x4_t sums[], int pixel, int32x4_t channels[VECTORS]) {
    for (int v = 0; v < VECTORS; v++) {
        const int64x2_t a = vreinterpretq_s64_s32(sums[pixel / 2 * TILE_SUMS + 2 * v]);
        const int64x2_t b = vreinterpretq_s64_s32(sums[pixel / 2 * TILE_SUMS + 2 * v + 1]);
        channels[v] = vreinterpretq_s32_s64(pixel % 2 ? vzip2q_s64(a, b) : vzip1q_s64(a, b));
    }
}
#else
enum { TILE_SUMS = 4 };

/// Four quads of each pixel at once: a lane of the pixel's vector is a quad.
#define SIGHTLINE_NEON_QUAD(LANE)                                                             \
    for (int v = 0; v < VECTORS; v++) {                                                       \
        const int8x16_t b = vld1q_s8(weights + STEP_BYTES * LANE + 16 * v);                   \
        for (int p = 0; p < pixels; p++) {                                                    \
            sums[p * VECTORS + v] = vdotq_laneq_s32(sums[p * VECTORS + v], b, a[p], LANE);    \
        }                                                                                     \
    }

/// Sums of some pixels, [pixel][vector of channels].
SIGHTLINE_NEON_INLINE void sum_windows(const int pixels, const walk *w, const uint8_t *input, ptrdiff_t last,
                                       int32x4_t sums[]) {
    (void)last;
    const uint8x16_t half = vdupq_n_u8(128);
    const int8_t *weights = w->weights + INITIAL_BYTES;
    for (int n = 0; n < pixels * VECTORS; n++) {
        sums[n] = vreinterpretq_s32_s8(vld1q_s8(w->weights + n % VECTORS * 16));
    }
    for (uint32_t row = 0; row < w->rows; row++) {
        const uint8_t *segment = input + row * w->row_step;
        for (uint32_t n = 0; n < w->segments; n++, segment += w->segment_step) {
            const uint8_t *from = segment;
            uint32_t left = w->quads;
            for (; left >= 4; left -= 4, from += 16, weights += 4 * STEP_BYTES) {
                int8x16_t a[6];
                for (int p = 0; p < pixels; p++) {
                    a[p] = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(from + p * w->pixel_step), half));
                }
                SIGHTLINE_NEON_QUAD(0)
                SIGHTLINE_NEON_QUAD(1)
                SIGHTLINE_NEON_QUAD(2)
                SIGHTLINE_NEON_QUAD(3)
            }
            for (; left > 0; left--, from += 4, weights += STEP_BYTES) {
                int8x16_t a[6];
                for (int p = 0; p < pixels; p++) {
                    a[p] = vreinterpretq_s8_u8(veorq_u8(one_quad(from + p * w->pixel_step), half));
                }
                SIGHTLINE_NEON_QUAD(0)
            }
        }
    }
}

SIGHTLINE_NEON_INLINE void pixel_sums(const int32x4_t sums[], int pixel, int32x4_t channels[VECTORS]) {
    for (int v = 0; v < VECTORS; v++) {
        channels[v] = sums[pixel * VECTORS + v];
    }
}
#endif

// MARK: rows

/// Where a block's outputs go.
typedef struct {
    const neon_finisher *finisher;
    uint32_t first_channel, channels;
    ptrdiff_t pixel_stride;
    const float *starting_sums;  ///< What the next pixels' sums start from; NULL for zero.
    ptrdiff_t starting_sum_stride;
} way_out;

SIGHTLINE_NEON_INLINE void run_tile(const int pixels, const walk *w, const way_out *out, const uint8_t *input,
                                    char *output) {
    int32x4_t sums[24];
    const int even = SIGHTLINE_NEON_MATRIX ? (pixels + 1) / 2 * 2 : pixels;
    sum_windows(even, w, input, pixels == even ? w->pixel_step : 0, sums);
    float32x4_t values[6 * VECTORS];
    for (int p = 0; p < pixels; p++) {
        int32x4_t channels[VECTORS];
        pixel_sums(sums, p, channels);
        for (int v = 0; out->starting_sums && v < VECTORS; v++) {
            const float32x4_t start = vld1q_f32(out->starting_sums + p / 2 * out->starting_sum_stride + 4 * v);
            channels[v] = vaddq_s32(channels[v], vcvtq_s32_f32(start));
        }
        scaled_sums(out->finisher->epilogue, out->first_channel, channels, values + p * VECTORS);
    }
    sightline_neon_finish_values(out->finisher, out->first_channel, out->channels, pixels, values, output,
                                 out->pixel_stride);
}

#define SIGHTLINE_NEON_TILE(P)                                                                          \
    static void tile_##P(const walk *w, const way_out *out, const uint8_t *input, char *output) {       \
        run_tile(P, w, out, input, output);                                                             \
    }
SIGHTLINE_NEON_TILE(1)
SIGHTLINE_NEON_TILE(2)
SIGHTLINE_NEON_TILE(3)
SIGHTLINE_NEON_TILE(4)
SIGHTLINE_NEON_TILE(5)
SIGHTLINE_NEON_TILE(6)

static void run_row(const walk *w, const way_out *out, const uint8_t *input, char *output, uint32_t columns) {
    static void (*const tiles[])(const walk *, const way_out *, const uint8_t *, char *) = {
        tile_1, tile_2, tile_3, tile_4, tile_5, tile_6};
    way_out here = *out;
    while (columns > 0) {
        const uint32_t count = columns < 6 ? columns : 6;
        tiles[count - 1](w, &here, input, output);
        here.starting_sums = here.starting_sums ? here.starting_sums + count / 2 * here.starting_sum_stride : NULL;
        input += count * w->pixel_step;
        output += count * out->pixel_stride;
        columns -= count;
    }
}

static void convolution(const sightline_convolution_shape *shape, const void *packed,
                        const sightline_epilogue *epilogue, const sightline_convolution_region *region) {
    sightline_assert_region(shape, region);
    const neon_finisher finisher = sightline_neon_finisher(epilogue);
    const uint32_t quads = (shape->input_channels + 3) / 4;
    walk w = {
        .weights = packed,
        .pixel_step = shape->stride_width * region->input_pixel_stride,
        .row_step = shape->dilation_height * region->input_row_stride,
        .segment_step = shape->dilation_width * region->input_pixel_stride,
        .rows = shape->kernel_height,
        .segments = shape->kernel_width,
        .quads = quads,
    };
    // Where a row's taps lie side by side, they are one long run; products must not straddle taps.
    const int contiguous = shape->dilation_width == 1 && region->input_pixel_stride == 4 * (ptrdiff_t)quads;
    if (contiguous && quads * 4 % DEPTH == 0) {
        w.quads = quads * shape->kernel_width;
        w.segments = 1;
    }
    way_out out = {&finisher, 0, 0, region->output_pixel_stride, NULL, region->starting_sum_stride};
    for (uint32_t first = 0; first < shape->output_channels; first += BLOCK) {
        const uint32_t left = shape->output_channels - first;
        out.first_channel = first;
        out.channels = left < BLOCK ? left : BLOCK;
        out.starting_sums = region->starting_sums ? region->starting_sums + first : NULL;
        for (uint32_t row = 0; row < region->rows; row++) {
            run_row(&w, &out, sightline_window(shape, region, row, 0), sightline_output_pixel(region, row, 0),
                    region->columns);
        }
        w.weights += block_bytes(shape);
    }
}
