// Dense convolution of an image with AVX-512: three or four channels at three or four bytes a pixel, stride one or two.
//
// The lanes are output pixels, and a byte permutation fetches each quad of image_program.h for sixteen of them from two
// vectors of the row. A tile is two such groups of pixels: its quads are fetched once, and then multiplied with eight
// output channels' weights at a time, each broadcast from memory for both groups.
#if defined(__x86_64__)
#include "image_avx512.h"

#include <string.h>

#include "geometry.h"

enum {
    PIXELS = SIGHTLINE_IMAGE_PIXELS,
    GROUPS = 2,
    TILE = GROUPS * PIXELS,
    CHANNELS = SIGHTLINE_IMAGE_CHANNELS,
    HALF = CHANNELS / 2,
    REACH = 128,
    MOST_QUADS = SIGHTLINE_IMAGE_QUADS
};

/// One region's work.
typedef struct {
    const sightline_convolution_shape *shape;
    const sightline_epilogue *epilogue;
    const sightline_image_source *sources;
    const int8_t *weights;
    uint32_t source_count, quads;
    ptrdiff_t row_step, pixel_step, output_pixel_stride;
    ptrdiff_t row_end;  ///< Bytes that may be read from the row's first window on.
} task;

#define ORDERED(place, p) place(0, p), place(1, p), place(2, p), place(3, p)
#define LANE_OF_PIXELS(place, l) ORDERED(place, l), ORDERED(place, 4 + l), ORDERED(place, 8 + l), ORDERED(place, 12 + l)
/// Lane l, dword i: pixel 4i + l, four channels. Unpacking four such vectors then transposes them.
static const byte_order packed_order = {
    {LANE_OF_PIXELS(SIGHTLINE_PACKED_BYTE, 0), LANE_OF_PIXELS(SIGHTLINE_PACKED_BYTE, 1),
     LANE_OF_PIXELS(SIGHTLINE_PACKED_BYTE, 2), LANE_OF_PIXELS(SIGHTLINE_PACKED_BYTE, 3)}};
static const byte_order curve_order = {
    {LANE_OF_PIXELS(SIGHTLINE_CURVE_BYTE, 0), LANE_OF_PIXELS(SIGHTLINE_CURVE_BYTE, 1),
     LANE_OF_PIXELS(SIGHTLINE_CURVE_BYTE, 2), LANE_OF_PIXELS(SIGHTLINE_CURVE_BYTE, 3)}};

SIGHTLINE_AVX512_INLINE __m512i row_vector(const int near_end, const uint8_t *bytes, ptrdiff_t readable) {
    if (!near_end) {
        return _mm512_loadu_si512(bytes);
    }
    if (readable <= 0) {
        return _mm512_setzero_si512();
    }
    const __mmask64 mask = readable >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << readable) - 1;
    return _mm512_maskz_loadu_epi8(mask, bytes);
}

/// The quads of both groups of pixels. `start` is where the first window begins in its row.
SIGHTLINE_AVX512_INLINE void fetch_quads(const int near_end, const task *task, const uint8_t *row, ptrdiff_t start,
                                         __m512i quads[MOST_QUADS][GROUPS]) {
    __m512i fetched[GROUPS] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    uint32_t quad = 0;
    for (const sightline_image_source *source = task->sources, *end = source + task->source_count; source < end;
         source++) {
        const __m512i index = _mm512_loadu_si512(source->index);
        ptrdiff_t offset = start + source->base;
        SIGHTLINE_UNROLL
        for (int group = 0; group < GROUPS; group++) {
            const uint8_t *bytes = row + source->row * task->row_step + offset;
            const __m512i low = row_vector(near_end, bytes, task->row_end - offset);
            const __m512i high = row_vector(near_end, bytes + 64, task->row_end - offset - 64);
            const __m512i part = _mm512_maskz_permutex2var_epi8(source->mask, low, index, high);
            fetched[group] = _mm512_or_si512(fetched[group], part);
            offset += PIXELS * task->pixel_step;
        }
        if (source->ends_quad) {
            SIGHTLINE_UNROLL
            for (int group = 0; group < GROUPS; group++) {
                quads[quad][group] = fetched[group];
                fetched[group] = _mm512_setzero_si512();
            }
            quad++;
        }
    }
}

/// sums[g][c] = channel c of half a block for group g of pixels.
SIGHTLINE_AVX512_INLINE void sum_half(const task *task, const int8_t *weights, __m512i quads[MOST_QUADS][GROUPS],
                                      __m512i sums[GROUPS][HALF]) {
    SIGHTLINE_UNROLL
    for (int channel = 0; channel < HALF; channel++) {
        sums[0][channel] = sums[1][channel] = _mm512_setzero_si512();
    }
    for (uint32_t quad = 0; quad < task->quads; quad++) {
        const __m512i first = quads[quad][0], second = quads[quad][1];
        SIGHTLINE_UNROLL
        for (int channel = 0; channel < HALF; channel++) {
            int32_t four;
            memcpy(&four, weights + 4 * channel, sizeof four);
            const __m512i w = _mm512_set1_epi32(four);
            sums[0][channel] = dot(sums[0][channel], first, w);
            sums[1][channel] = dot(sums[1][channel], second, w);
        }
        weights += 4 * CHANNELS;
    }
}

/// The slow way: floats, extreme scales. Half a block at a time.
static void finish_slowly(const sightline_way_out *out, const __m512i sums[HALF], uint32_t pixels, char *output) {
    int32_t by_channel[HALF][PIXELS], by_pixel[PIXELS][HALF];
    memcpy(by_channel, sums, sizeof by_channel);
    for (uint32_t pixel = 0; pixel < PIXELS; pixel++) {
        for (uint32_t channel = 0; channel < HALF; channel++) {
            by_pixel[pixel][channel] = by_channel[channel][pixel];
        }
    }
    sightline_avx512_finish(out, pixels, by_pixel[0], HALF, output);
}

SIGHTLINE_AVX512_INLINE void store_pixels(const sightline_way_out *out, __m512i four, uint32_t first, uint32_t pixels,
                                          uint8_t *output) {
    const ptrdiff_t stride = out->output_pixel_stride;
    output += first * stride + out->first_channel;
    if (stride == CHANNELS && out->channels == CHANNELS && pixels >= first + 4) {
        _mm512_storeu_si512(output, four);
        return;
    }
    const __m128i parts[4] = {_mm512_castsi512_si128(four), _mm512_extracti32x4_epi32(four, 1),
                              _mm512_extracti32x4_epi32(four, 2), _mm512_extracti32x4_epi32(four, 3)};
    if (out->channels == CHANNELS && pixels >= first + 4) {
        SIGHTLINE_UNROLL
        for (uint32_t n = 0; n < 4; n++) {
            _mm_storeu_si128((__m128i *)(output + n * stride), parts[n]);
        }
        return;
    }
    const __mmask16 mask = (__mmask16)((1u << out->channels) - 1);
    SIGHTLINE_UNROLL
    for (uint32_t n = 0; n < 4; n++) {
        if (first + n < pixels) {
            _mm_mask_storeu_epi8(output + n * stride, mask, parts[n]);
        }
    }
}

/// Half a block's bytes: for each group of pixels two vectors of four channels each.
SIGHTLINE_AVX512_INLINE void finish_half(const sightline_output_kind kind, const sightline_epilogue *epilogue,
                                         uint32_t first_channel, const __m512i sums[GROUPS][HALF],
                                         __m512i bytes[GROUPS][2]) {
    const finisher f = prepared(epilogue, kind, &packed_order, &curve_order);
    SIGHTLINE_UNROLL
    for (int part = 0; part < 2; part++) {
        channel_factors factors;
        SIGHTLINE_UNROLL
        for (int n = 0; n < 4; n++) {
            const uint32_t channel = first_channel + 4 * part + n;
            factors.scale[n] = _mm512_set1_ps(epilogue->scale[channel]);
            factors.bias[n] = _mm512_set1_ps(epilogue->bias[channel]);
            if (kind == SIGHTLINE_OUTPUT_PRELU) {
                factors.slope[n] = _mm512_set1_ps(epilogue->negative_slope[channel]);
            }
        }
        SIGHTLINE_UNROLL
        for (int group = 0; group < GROUPS; group++) {
            bytes[group][part] = finished_bytes(kind, 1, sums[group] + 4 * part, &factors, &f);
        }
    }
}

/// 16 channels of 16 pixels, from channel-major to pixel-major.
SIGHTLINE_AVX512_INLINE void store_group(const sightline_way_out *out, const __m512i low[2], const __m512i high[2],
                                         uint32_t pixels, uint8_t *output) {
    const __m512i a = _mm512_unpacklo_epi32(low[0], low[1]), b = _mm512_unpackhi_epi32(low[0], low[1]);
    const __m512i c = _mm512_unpacklo_epi32(high[0], high[1]), d = _mm512_unpackhi_epi32(high[0], high[1]);
    store_pixels(out, _mm512_unpacklo_epi64(a, c), 0, pixels, output);
    store_pixels(out, _mm512_unpackhi_epi64(a, c), 4, pixels, output);
    store_pixels(out, _mm512_unpacklo_epi64(b, d), 8, pixels, output);
    store_pixels(out, _mm512_unpackhi_epi64(b, d), 12, pixels, output);
}

/// One block of output channels of a tile.
SIGHTLINE_AVX512_INLINE void run_block(const sightline_output_kind kind, const task *task, const int8_t *weights,
                                       sightline_way_out out, __m512i quads[MOST_QUADS][GROUPS], uint32_t pixels,
                                       char *output) {
    const uint32_t second_pixels = pixels > PIXELS ? pixels - PIXELS : 0;
    char *second_output = output + PIXELS * out.output_pixel_stride;
    __m512i sums[GROUPS][HALF], low[GROUPS][2], high[GROUPS][2];
    if (kind == SIGHTLINE_OUTPUT_FLOAT) {
        const uint32_t channels = out.channels;
        for (uint32_t half = 0; half * HALF < channels; half++) {
            const uint32_t left = channels - half * HALF;
            sum_half(task, weights + half * HALF * 4, quads, sums);
            out.channels = left < HALF ? left : HALF;
            finish_slowly(&out, sums[0], pixels < PIXELS ? pixels : PIXELS, output);
            finish_slowly(&out, sums[1], second_pixels, second_output);
            out.first_channel += HALF;
        }
        return;
    }
    sum_half(task, weights, quads, sums);
    finish_half(kind, task->epilogue, out.first_channel, sums, low);
    sum_half(task, weights + HALF * 4, quads, sums);
    finish_half(kind, task->epilogue, out.first_channel + HALF, sums, high);
    store_group(&out, low[0], high[0], pixels, (uint8_t *)output);
    if (second_pixels > 0) {
        store_group(&out, low[1], high[1], second_pixels, (uint8_t *)second_output);
    }
}

SIGHTLINE_AVX512_INLINE void run_image_row(const sightline_output_kind kind, const task *task, const uint8_t *row,
                                           char *output, uint32_t columns) {
    ptrdiff_t start = 0;
    for (uint32_t column = 0; column < columns; column += TILE) {
        const uint32_t pixels = columns - column < TILE
        ? columns - column : TILE;
        const ptrdiff_t next = start + PIXELS * task->pixel_step;
        __m512i quads[MOST_QUADS][GROUPS];
        // Sources begin less than a window behind the group's first byte and reach 128 bytes further.
        if (next + 4 * task->shape->kernel_width + REACH <= task->row_end) {
            fetch_quads(0, task, row, start, quads);
        } else {
            fetch_quads(1, task, row, start, quads);
        }
        const int8_t *weights = task->weights;
        for (uint32_t channel = 0; channel < task->shape->output_channels; channel += CHANNELS) {
            const uint32_t left = task->shape->output_channels - channel;
            const sightline_way_out out = {.epilogue = task->epilogue,
                                           .first_channel = channel,
                                           .channels = left < CHANNELS ? left : CHANNELS,
                                           .output_pixel_stride = task->output_pixel_stride};
            run_block(kind, task, weights, out, quads, pixels, output);
            weights += (size_t)task->quads * CHANNELS * 4;
        }
        start += TILE
        *task->pixel_step;
        output += TILE
        *task->output_pixel_stride;
    }
}

#define ROW(KIND)                                                                                                   \
    SIGHTLINE_AVX512 static void row_##KIND(const task *task, const uint8_t *row, char *output, uint32_t columns) { \
        run_image_row((sightline_output_kind)KIND, task, row, output, columns);                                     \
    }
ROW(0)
ROW(1)
ROW(2)
ROW(3)
// By kind of output, none for arcs; the last is the slow one.
static void (*const rows[])(const task *task, const uint8_t *row, char *output, uint32_t columns) = {row_0, row_1,
                                                                                                      row_2, row_3};

int sightline_avx512_image(const sightline_convolution_shape *shape, const void *packed,
                           const sightline_epilogue *epilogue, int safe, const sightline_convolution_region *region) {
    const sightline_image_program *program = sightline_image_program_for(shape, packed, region->input_pixel_stride);
    if (!program || epilogue->kind == SIGHTLINE_OUTPUT_ARCS) {
        return 0;
    }
    if (region->columns == 0) {
        return 1;
    }
    const uint32_t last_pixel = (region->columns - 1) * shape->stride_width + shape->kernel_width - 1;
    task task = {
        .shape = shape,
        .epilogue = epilogue,
        .sources = (const sightline_image_source *)(program + 1),
        .source_count = program->sources,
        .quads = program->quads,
        .row_step = shape->dilation_height * region->input_row_stride,
        .pixel_step = shape->stride_width * region->input_pixel_stride,
        .output_pixel_stride = region->output_pixel_stride,
        .row_end = (ptrdiff_t)last_pixel * region->input_pixel_stride + 4,
    };
    task.weights = (const int8_t *)program + program->weights_offset;
    for (uint32_t row = 0; row < region->rows; row++) {
        rows[safe ? epilogue->kind : SIGHTLINE_OUTPUT_FLOAT](&task, sightline_window(shape, region, row, 0),
                                                             sightline_output_pixel(region, row, 0), region->columns);
    }
    return 1;
}

#else
typedef int sightline_not_this_processor;
#endif
