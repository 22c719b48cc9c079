// Depthwise convolution of few channels with AVX-512 VNNI, for kernels other than 3x3 at stride 1 and dilation 1.
//
// Pixels of few channels leave most of a vector empty, so as many neighbouring pixels as fit are taken as one pixel of up to
// 64 channels, whose weights repeat. That needs pixels that follow each other, each on a multiple of four bytes; at stride 2
// every other pixel is picked from two vectors.
#if defined(__x86_64__)
#include "depthwise_avx512.h"
#include "geometry.h"

#include <string.h>

enum { BLOCK = SIGHTLINE_DEPTHWISE_BLOCK, LARGEST_PITCH = 32, LARGEST_TAPS = 25 };

static uint32_t pitch_of(const sightline_convolution_shape *shape) { return (shape->input_channels + 3) / 4 * 4; }

int sightline_avx512_is_packable(const sightline_convolution_shape *shape) {
    return !sightline_is_usual_depthwise(shape) && pitch_of(shape) <= LARGEST_PITCH && sightline_taps(shape) <= LARGEST_TAPS &&
           shape->stride_width <= 2;
}

size_t sightline_avx512_packed_pixels_bytes(const sightline_convolution_shape *shape) {
    return (sightline_taps(shape) + 3) / 4 * 4 * BLOCK;
}

void sightline_avx512_pack_pixels(const sightline_convolution_shape *shape, const int8_t *weights, void *packed) {
    const size_t taps = sightline_taps(shape);
    const uint32_t pitch = pitch_of(shape);
    int8_t *out = packed;
    memset(out, 0, sightline_avx512_packed_pixels_bytes(shape));
    for (uint32_t first = 0; first + pitch <= BLOCK; first += pitch) {
        for (uint32_t channel = 0; channel < shape->output_channels; channel++) {
            for (size_t tap = 0; tap < taps; tap++) {
                out[tap / 4 * 4 * BLOCK + sightline_interleaved(first + channel, tap % 4)] =
                    weights[channel * taps + tap];
            }
        }
    }
}

typedef struct {
    const sightline_convolution_shape *shape;
    const sightline_convolution_region *region;
    const int8_t *weights;
    uint32_t pitch, pixels;  ///< Bytes of a pixel, and pixels of a block.
    uint32_t taps;
    ptrdiff_t offsets[LARGEST_TAPS];
    block_factors factors;
} task;

/// Every other pixel of two vectors: indices of dwords.
SIGHTLINE_AVX512_INLINE __m512i every_other(uint32_t pitch) {
    uint32_t order[16];
    const uint32_t dwords = pitch / 4;
    for (uint32_t n = 0; n < 16; n++) {
        order[n] = (n / dwords * 2 * dwords + n % dwords) & 31;
    }
    return _mm512_loadu_si512(order);
}

/// A block's bytes under one tap.
SIGHTLINE_AVX512_INLINE __m512i block_of(const int two, const uint8_t *input, const __mmask64 masks[2], __m512i order) {
    const __m512i first = _mm512_maskz_loadu_epi8(masks[0], input);
    return two ? _mm512_permutex2var_epi32(first, order, _mm512_maskz_loadu_epi8(masks[1], input + 64)) : first;
}

SIGHTLINE_AVX512_INLINE __mmask64 mask_of(uint32_t bytes) { return bytes == 0 ? 0 : first_bits(bytes < 64 ? bytes : 64); }

/// Stores a block's pixels that do not follow each other in the output.
SIGHTLINE_AVX512_INLINE void store_apart(const task *task, __m512i bytes, uint32_t pixels, char *output) {
    uint8_t spilled[BLOCK + 64];
    const uint32_t channels = task->shape->output_channels;
    _mm512_storeu_si512(spilled, bytes);
    for (uint32_t pixel = 0; pixel < pixels; pixel++) {
        const __m256i one = _mm256_loadu_si256((const __m256i *)(spilled + pixel * task->pitch));
        _mm256_mask_storeu_epi8(output, (__mmask32)first_bits(channels), one);
        output += task->region->output_pixel_stride;
    }
}

SIGHTLINE_AVX512_INLINE void run_row(const sightline_output_kind kind, const int two, const task *task,
                                     const finisher *f, uint32_t row) {
    const sightline_convolution_region *region = task->region;
    const uint8_t *input = sightline_window(task->shape, region, row, 0);
    char *output = sightline_output_pixel(region, row, 0);
    const __m512i order = every_other(task->pitch);
    const int is_dense = region->output_pixel_stride == (ptrdiff_t)task->pitch;
    __mmask64 kept = 0;
    for (uint32_t pixel = 0; pixel < task->pixels; pixel++) {
        kept |= first_bits(task->shape->output_channels) << (pixel * task->pitch);
    }
    for (uint32_t left = region->columns; left > 0;) {
        const uint32_t count = left < task->pixels ? left : task->pixels;
        const uint32_t extent = two ? (2 * count - 1) * task->pitch : count * task->pitch;
        const __mmask64 masks[2] = {mask_of(extent), mask_of(extent > 64 ? extent - 64 : 0)};
        __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                           _mm512_setzero_si512()};
        const int8_t *weights = task->weights;
        for (uint32_t tap = 0; tap < task->taps; tap += 4) {
            __m512i part[4], quad[4];
            SIGHTLINE_UNROLL
            for (uint32_t n = 0; n < 4; n++) {
                part[n] = _mm512_setzero_si512();
                if (tap + n < task->taps) {
                    part[n] = block_of(two, input + task->offsets[tap + n], masks, order);
                }
            }
            sightline_interleave(part[0], part[1], part[2], part[3], quad);
            SIGHTLINE_UNROLL
            for (int n = 0; n < 4; n++) {
                sums[n] = dot(sums[n], quad[n], _mm512_loadu_si512(weights + 64 * n));
            }
            weights += 4 * BLOCK;
        }
        const __m512i bytes = sightline_finished_block(kind, &task->factors, sums, f);
        if (is_dense) {
            _mm512_mask_storeu_epi8(output, kept & mask_of(count * task->pitch), bytes);
        } else {
            store_apart(task, bytes, count, output);
        }
        input += (ptrdiff_t)count * task->shape->stride_width * region->input_pixel_stride;
        output += (ptrdiff_t)count * region->output_pixel_stride;
        left -= count;
    }
}

typedef void (*row_function)(const task *task, const finisher *f, uint32_t row);

#define ROWS(KIND)                                                                                   \
    SIGHTLINE_AVX512 static void next_row_##KIND(const task *task, const finisher *f, uint32_t row) { \
        run_row((sightline_output_kind)KIND, 0, task, f, row);                                       \
    }                                                                                                \
    SIGHTLINE_AVX512 static void other_row_##KIND(const task *task, const finisher *f, uint32_t row) { \
        run_row((sightline_output_kind)KIND, 1, task, f, row);                                       \
    }
ROWS(0)
ROWS(1)
ROWS(2)
// By kind of output and stride.
static const row_function rows[3][2] = {
    {next_row_0, other_row_0}, {next_row_1, other_row_1}, {next_row_2, other_row_2}};

/// A channel's values repeated for each pixel of a block.
SIGHTLINE_AVX512 static void repeat_table(const task *task, const float *values, float table[BLOCK]) {
    float repeated[BLOCK] = {0};
    for (uint32_t pixel = 0; pixel < task->pixels; pixel++) {
        memcpy(repeated + pixel * task->pitch, values, task->shape->output_channels * sizeof(float));
    }
    sightline_interleave_table(repeated, table);
}

SIGHTLINE_AVX512 int sightline_avx512_depthwise_packed(const sightline_convolution_shape *shape, const void *packed,
                                                       const sightline_epilogue *epilogue,
                                                       const sightline_convolution_region *region) {
    task task = {.shape = shape, .region = region, .weights = packed};
    task.pitch = pitch_of(shape);
    const int has_rows = epilogue->kind != SIGHTLINE_OUTPUT_FLOAT && epilogue->kind != SIGHTLINE_OUTPUT_ARCS;
    if (region->input_pixel_stride != (ptrdiff_t)task.pitch || !has_rows) {
        return 0;
    }
    task.pixels = BLOCK / task.pitch;
    for (uint32_t i = 0; i < shape->kernel_height; i++) {
        for (uint32_t j = 0; j < shape->kernel_width; j++) {
            task.offsets[task.taps++] = sightline_tap_offset(shape, region, i, j);
        }
    }
    repeat_table(&task, epilogue->scale, task.factors.scale);
    repeat_table(&task, epilogue->bias, task.factors.bias);
    if (epilogue->kind == SIGHTLINE_OUTPUT_PRELU) {
        repeat_table(&task, epilogue->negative_slope, task.factors.slope);
    }
    const finisher f = prepared(epilogue, epilogue->kind, NULL, &sightline_natural_curve_order);
    for (uint32_t row = 0; row < region->rows; row++) {
        rows[epilogue->kind][shape->stride_width - 1](&task, &f, row);
    }
    return 1;
}

#else
typedef int sightline_not_this_processor;
#endif
