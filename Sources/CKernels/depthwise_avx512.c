// Depthwise convolution with AVX-512 VNNI.
//
// vpdpbusd sums four neighbouring bytes, but the four taps that belong together lie in four pixels. Four pixels' 64
// channels are therefore interleaved into four vectors of [channel: tap a, b, c, d]; vpackssdw and vpackuswb undo that
// order for free at the end.
//
// The common 3x3 kernel at stride 1 takes its quads down the columns: rows y to y + 3 of one column serve output rows y
// (weights w0 w1 w2 0) and y + 1 (weights 0 w0 w1 w2), and an interleaved column serves three output columns. Channels
// beside the blocks of 64 have a form of their own, see depthwise_narrow_avx512.c. Any other kernel takes its taps four
// at a time, in the order of the weights.
#if defined(__x86_64__)
#include "depthwise_avx512.h"
#include "geometry.h"

#include <string.h>

enum { BLOCK = SIGHTLINE_DEPTHWISE_BLOCK, NARROW = SIGHTLINE_NARROW_CHANNELS, VECTOR_BYTES = 64, COLUMN_VECTORS = 24 };

/// Vectors of weights for one block of channels.
static size_t block_vectors(const sightline_convolution_shape *shape) {
    return sightline_is_usual_depthwise(shape) ? COLUMN_VECTORS : (sightline_taps(shape) + 3) / 4 * 4;
}

/// Channels that blocks of 64 hold; the others are taken sixteen at a time.
static uint32_t wide_channels(const sightline_convolution_shape *shape) {
    const uint32_t channels = shape->output_channels;
    return sightline_is_usual_depthwise(shape) ? channels / BLOCK * BLOCK : (channels + BLOCK - 1) / BLOCK * BLOCK;
}

static size_t wide_bytes(const sightline_convolution_shape *shape) {
    return sizeof(sightline_packed_header) + wide_channels(shape) / BLOCK * block_vectors(shape) * VECTOR_BYTES;
}

size_t sightline_avx512_depthwise_packed_bytes(const sightline_convolution_shape *shape) {
    sightline_assert_shape(shape);
    const uint32_t wide = wide_channels(shape);
    const uint32_t left = shape->output_channels > wide ? shape->output_channels - wide : 0;
    const size_t pixels_bytes =
        sightline_avx512_is_packable(shape) ? sightline_avx512_packed_pixels_bytes(shape) : 0;
    return wide_bytes(shape) + (left + NARROW - 1) / NARROW * (size_t)SIGHTLINE_NARROW_BYTES + pixels_bytes;
}

static void pack_channel(const sightline_convolution_shape *shape, const int8_t *weights, uint32_t channel,
                         int8_t *block) {
    const size_t taps = sightline_taps(shape);
    if (!sightline_is_usual_depthwise(shape)) {
        for (size_t tap = 0; tap < taps; tap++) {
            block[tap / 4 * 4 * VECTOR_BYTES + sightline_interleaved(channel, tap % 4)] = weights[tap];
        }
        return;
    }
    for (uint32_t output_row = 0; output_row < 2; output_row++) {
        for (uint32_t column = 0; column < 3; column++) {
            int8_t *quad = block + (output_row * 3 + column) * 4 * VECTOR_BYTES;
            for (uint32_t row = 0; row < 3; row++) {
                quad[sightline_interleaved(channel, row + output_row)] = weights[row * 3 + column];
            }
        }
    }
}

void sightline_avx512_depthwise_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed) {
    assert(shape->input_channels == shape->output_channels);
    const size_t taps = sightline_taps(shape), block_bytes = block_vectors(shape) * VECTOR_BYTES;
    const sightline_packed_header header = {.largest_sum =
                                                sightline_largest_sum(weights, shape->output_channels, taps)};
    memset(packed, 0, sightline_avx512_depthwise_packed_bytes(shape));
    memcpy(packed, &header, sizeof header);
    const uint32_t wide = wide_channels(shape);
    for (uint32_t channel = 0; channel < wide && channel < shape->output_channels; channel++) {
        int8_t *block = (int8_t *)packed + sizeof header + channel / BLOCK * block_bytes;
        pack_channel(shape, weights + channel * taps, channel % BLOCK, block);
    }
    char *narrow = (char *)packed + wide_bytes(shape);
    for (uint32_t channel = wide; channel < shape->output_channels; channel += NARROW) {
        const uint32_t left = shape->output_channels - channel;
        sightline_avx512_pack_narrow(weights + channel * taps, left < NARROW ? left : NARROW, narrow);
        narrow += SIGHTLINE_NARROW_BYTES;
    }
    if (sightline_avx512_is_packable(shape)) {
        sightline_avx512_pack_pixels(shape, weights, narrow);
    }
}

/// One block's work on one row, or two.
typedef struct {
    const sightline_convolution_shape *shape;
    const sightline_convolution_region *region;
    const sightline_epilogue *epilogue;
    const int8_t *weights;
    uint32_t first_channel, channels;
    block_factors factors;
} task;

SIGHTLINE_AVX512_INLINE __m512i loaded(const int partial, __mmask64 mask, const uint8_t *pixel) {
    return partial ? _mm512_maskz_loadu_epi8(mask, pixel) : _mm512_loadu_si512(pixel);
}

SIGHTLINE_AVX512_INLINE void store_sums(const sightline_output_kind kind, const int partial, const task *task,
                                        const __m512i sums[4], const finisher *f, __mmask64 mask, char *output) {
    if (kind != SIGHTLINE_OUTPUT_FLOAT) {
        const __m512i bytes = sightline_finished_block(kind, &task->factors, sums, f);
        if (partial) {
            _mm512_mask_storeu_epi8(output + task->first_channel, mask, bytes);
        } else {
            _mm512_storeu_si512(output + task->first_channel, bytes);
        }
        return;
    }
    // The slow way, for floats and extreme scales.
    int32_t ordered[BLOCK];
    SIGHTLINE_UNROLL
    for (int vector = 0; vector < 4; vector++) {
        SIGHTLINE_STORE_QUARTER(ordered + 4 * vector, sums[vector], 0);
        SIGHTLINE_STORE_QUARTER(ordered + 4 * vector + 16, sums[vector], 1);
        SIGHTLINE_STORE_QUARTER(ordered + 4 * vector + 32, sums[vector], 2);
        SIGHTLINE_STORE_QUARTER(ordered + 4 * vector + 48, sums[vector], 3);
    }
    const sightline_way_out out = {
        .epilogue = task->epilogue, .first_channel = task->first_channel, .channels = task->channels};
    sightline_avx512_finish(&out, 1, ordered, 0, output);
}

/// Sums of one output pixel from three interleaved columns.
SIGHTLINE_AVX512_INLINE void sum_columns(const __m512i *a, const __m512i *b, const __m512i *c, const int8_t *weights,
                                         __m512i sums[4]) {
    SIGHTLINE_UNROLL
    for (int n = 0; n < 4; n++) {
        sums[n] = dot(_mm512_setzero_si512(), a[n], _mm512_loadu_si512(weights + 64 * n));
        sums[n] = dot(sums[n], b[n], _mm512_loadu_si512(weights + 64 * (4 + n)));
        sums[n] = dot(sums[n], c[n], _mm512_loadu_si512(weights + 64 * (8 + n)));
    }
}

/// Rows `row` and, where `two` is set, `row` + 1. With one row the quad's last tap is any pixel: its weights are zero.
SIGHTLINE_AVX512_INLINE void run_columns(const sightline_output_kind kind, const int two, const task *task,
                                         uint32_t row) {
    const sightline_convolution_region *region = task->region;
    const finisher f = prepared(task->epilogue, kind, NULL, &sightline_natural_curve_order);
    const ptrdiff_t down = region->input_row_stride, last = two ? 3 * down : 2 * down;
    const uint8_t *input = sightline_window(task->shape, region, row, 0);
    char *output = sightline_output_pixel(region, row, 0);
    __m512i ring[3][4];
    input += task->first_channel;
#define COLUMN(slot)                                                                                              \
    sightline_interleave(_mm512_loadu_si512(input), _mm512_loadu_si512(input + down), _mm512_loadu_si512(input + 2 * down), \
               _mm512_loadu_si512(input + last), ring[slot]);                                                     \
    input += region->input_pixel_stride
#define STEP(a, b, c)                                                                                \
    do {                                                                                             \
        __m512i sums[4];                                                                             \
        COLUMN(c);                                                                                   \
        sum_columns(ring[a], ring[b], ring[c], task->weights, sums);                                 \
        store_sums(kind, 0, task, sums, &f, 0, output);                                              \
        if (two) {                                                                                   \
            sum_columns(ring[a], ring[b], ring[c], task->weights + 64 * (COLUMN_VECTORS / 2), sums); \
            store_sums(kind, 0, task, sums, &f, 0, output + region->output_row_stride);              \
        }                                                                                            \
        output += region->output_pixel_stride;                                                       \
    } while (0)
    COLUMN(0);
    COLUMN(1);
    uint32_t left = region->columns;
    for (; left >= 3; left -= 3) {
        STEP(0, 1, 2);
        STEP(1, 2, 0);
        STEP(2, 0, 1);
    }
    if (left >= 1) {
        STEP(0, 1, 2);
    }
    if (left >= 2) {
        STEP(1, 2, 0);
    }
#undef COLUMN
#undef STEP
}

/// Walks through a kernel's taps in the order of the weights.
typedef struct {
    const uint8_t *pixel;
    uint32_t column, left;
} tap_walk;

SIGHTLINE_AVX512_INLINE __m512i next_tap(tap_walk *walk, const task *task, const int partial, __mmask64 mask) {
    if (walk->left == 0) {
        return _mm512_setzero_si512();
    }
    const __m512i pixel = loaded(partial, mask, walk->pixel);
    const ptrdiff_t right = task->shape->dilation_width * task->region->input_pixel_stride;
    walk->left--;
    walk->pixel += right;
    if (++walk->column == task->shape->kernel_width) {
        walk->column = 0;
        walk->pixel +=
            task->shape->dilation_height * task->region->input_row_stride - task->shape->kernel_width * right;
    }
    return pixel;
}

SIGHTLINE_AVX512_INLINE void run_taps(const sightline_output_kind kind, const int partial, const task *task,
                                      uint32_t row) {
    const sightline_convolution_region *region = task->region;
    const __mmask64 mask = task->channels >= BLOCK ? ~(__mmask64)0 : ((__mmask64)1 << task->channels) - 1;
    const finisher f = prepared(task->epilogue, kind, NULL, &sightline_natural_curve_order);
    const uint8_t *input = sightline_window(task->shape, region, row, 0);
    char *output = sightline_output_pixel(region, row, 0);
    const uint32_t taps = (uint32_t)sightline_taps(task->shape);
    for (uint32_t column = 0; column < region->columns; column++) {
        tap_walk walk = {input + task->first_channel, 0, taps};
        const int8_t *weights = task->weights;
        __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                           _mm512_setzero_si512()};
        while (walk.left > 0) {
            const __m512i a = next_tap(&walk, task, partial, mask), b = next_tap(&walk, task, partial, mask);
            const __m512i c = next_tap(&walk, task, partial, mask), d = next_tap(&walk, task, partial, mask);
            __m512i quad[4];
            sightline_interleave(a, b, c, d, quad);
            SIGHTLINE_UNROLL
            for (int n = 0; n < 4; n++) {
                sums[n] = dot(sums[n], quad[n], _mm512_loadu_si512(weights + 64 * n));
            }
            weights += 4 * VECTOR_BYTES;
        }
        store_sums(kind, partial, task, sums, &f, mask, output);
        input += task->shape->stride_width * region->input_pixel_stride;
        output += region->output_pixel_stride;
    }
}

typedef void (*row_function)(const task *task, uint32_t row);

#define ROWS(KIND)                                                                         \
    SIGHTLINE_AVX512 static void two_rows_##KIND(const task *task, uint32_t row) {         \
        run_columns((sightline_output_kind)KIND, 1, task, row);                            \
    }                                                                                      \
    SIGHTLINE_AVX512 static void one_row_##KIND(const task *task, uint32_t row) {          \
        run_columns((sightline_output_kind)KIND, 0, task, row);                            \
    }                                                                                      \
    SIGHTLINE_AVX512 static void taps_row_##KIND(const task *task, uint32_t row) {         \
        run_taps((sightline_output_kind)KIND, 0, task, row);                               \
    }                                                                                      \
    SIGHTLINE_AVX512 static void partial_taps_row_##KIND(const task *task, uint32_t row) { \
        run_taps((sightline_output_kind)KIND, 1, task, row);                               \
    }
ROWS(0)
ROWS(1)
ROWS(2)
ROWS(3)
ROWS(4)
#define ROW_TABLE(name) {name##_0, name##_1, name##_2, name##_3, name##_4}
// By kind of output; that of floats is the slow one for all.
static const row_function two_rows[] = ROW_TABLE(two_rows), one_row[] = ROW_TABLE(one_row);
static const row_function taps_row[] = ROW_TABLE(taps_row), partial_taps_row[] = ROW_TABLE(partial_taps_row);

SIGHTLINE_AVX512 static void interleave_factors(const sightline_epilogue *epilogue, uint32_t channel,
                                                block_factors *factors) {
    sightline_interleave_table(epilogue->scale + channel, factors->scale);
    sightline_interleave_table(epilogue->bias + channel, factors->bias);
    if (epilogue->kind == SIGHTLINE_OUTPUT_PRELU) {
        sightline_interleave_table(epilogue->negative_slope + channel, factors->slope);
    } else if (epilogue->kind == SIGHTLINE_OUTPUT_ARCS) {
        sightline_interleave_table(epilogue->gain + channel, factors->slope);
        sightline_interleave_table(epilogue->offset + channel, factors->offset);
    }
}

/// One block's rows.
static void run_block(const task *task, const sightline_output_kind kind) {
    const uint32_t rows = task->region->rows;
    uint32_t row = 0;
    if (sightline_is_usual_depthwise(task->shape)) {
        for (; row + 2 <= rows; row += 2) {
            two_rows[kind](task, row);
        }
        if (row < rows) {
            one_row[kind](task, row++);
        }
    }
    for (; row < rows; row++) {
        (task->channels < BLOCK ? partial_taps_row : taps_row)[kind](task, row);
    }
}

SIGHTLINE_AVX512 void sightline_avx512_depthwise(const sightline_convolution_shape *shape, const void *packed,
                                const sightline_epilogue *epilogue, const sightline_convolution_region *region) {
    sightline_assert_region(shape, region);
    if (region->columns == 0) {
        return;
    }
    const sightline_packed_header *header = packed;
    const int safe = sightline_conversion_is_safe(epilogue, shape->output_channels, header->largest_sum);
    const sightline_output_kind kind = safe ? epilogue->kind : SIGHTLINE_OUTPUT_FLOAT;
    if (safe && sightline_avx512_is_packable(shape) &&
        sightline_avx512_depthwise_packed(shape, (const char *)packed + wide_bytes(shape), epilogue, region)) {
        return;
    }
    task task = {.shape = shape, .region = region, .epilogue = epilogue};
    task.weights = (const int8_t *)packed + sizeof *header;
    const uint32_t wide = wide_channels(shape);
    for (; task.first_channel < wide; task.first_channel += BLOCK) {
        const uint32_t left = shape->output_channels - task.first_channel;
        task.channels = left < BLOCK ? left : BLOCK;
        interleave_factors(epilogue, task.first_channel, &task.factors);
        run_block(&task, kind);
        task.weights += block_vectors(shape) * VECTOR_BYTES;
    }
    for (uint32_t channel = wide; channel < shape->output_channels; channel += NARROW) {
        const uint32_t left = shape->output_channels - channel;
        const sightline_way_out out = {.epilogue = epilogue,
                                       .first_channel = channel,
                                       .channels = left < NARROW ? left : NARROW,
                                       .output_pixel_stride = region->output_pixel_stride};
        sightline_avx512_depthwise_narrow(&out, safe, task.weights, shape, region);
        task.weights += SIGHTLINE_NARROW_BYTES;
    }
}

#else
typedef int sightline_not_this_processor;
#endif
