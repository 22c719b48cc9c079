// Depthwise convolution with AVX2, exact: bytes are widened to 16 bits and taken two taps at a time by vpmaddwd.
//
// A block is 32 channels in four vectors of sums. Interleaving two taps' channels and packing the results again undo
// each other, up to one permutation of 8-byte pieces at the end.
#if defined(__x86_64__)
#define SIGHTLINE_YMM __attribute__((target("avx2,fma")))
#include "avx2.h"
#include "geometry.h"
#include "ymm.h"

enum { BLOCK = 32, PAIR_BYTES = 4 * 32 };

static size_t pairs_of(const sightline_convolution_shape *shape) { return (sightline_taps(shape) + 1) / 2; }

size_t sightline_avx2_depthwise_packed_bytes(const sightline_convolution_shape *shape) {
    sightline_assert_shape(shape);
    const size_t blocks = (shape->output_channels + BLOCK - 1) / BLOCK;
    return sizeof(sightline_packed_header) + blocks * pairs_of(shape) * PAIR_BYTES;
}

/// Where a channel of a block lies among the block's four vectors of sums.
static size_t place_of(uint32_t channel) {
    const uint32_t half = channel / 16, lane = channel % 16 / 8, part = channel % 8 / 4, element = channel % 4;
    return (2 * half + part) * 8 + lane * 4 + element;
}

void sightline_avx2_depthwise_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed) {
    assert(shape->input_channels == shape->output_channels);
    const size_t taps = sightline_taps(shape), pairs = pairs_of(shape);
    const sightline_packed_header header = {.largest_sum =
                                                sightline_largest_sum(weights, shape->output_channels, taps)};
    memset(packed, 0, sightline_avx2_depthwise_packed_bytes(shape));
    memcpy(packed, &header, sizeof header);
    int16_t *out = (int16_t *)((char *)packed + sizeof header);
    for (uint32_t channel = 0; channel < shape->output_channels; channel++) {
        for (size_t tap = 0; tap < taps; tap++) {
            const size_t pair = channel / BLOCK * pairs + tap / 2;
            out[pair * PAIR_BYTES / 2 + place_of(channel % BLOCK) * 2 + tap % 2] = weights[channel * taps + tap];
        }
    }
}

/// One block's work.
typedef struct {
    const sightline_convolution_shape *shape;
    const sightline_convolution_region *region;
    sightline_way_out out;
    const int8_t *weights;
    float tables[4][BLOCK];  ///< Scale, bias, slope (or gain) and offset in the order of the sums.
} task;

/// 32 consecutive channels' values in the order of the sums.
static void order_table(const float *values, float table[BLOCK]) {
    for (uint32_t channel = 0; channel < BLOCK; channel += 4) {
        memcpy(table + place_of(channel), values + channel, 4 * sizeof(float));
    }
}

/// 16 channels of a pixel, widened.
SIGHTLINE_YMM_INLINE __m256i widened(const int partial, const uint8_t *pixel, uint32_t half, uint32_t channels) {
    if (!partial) {
        return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(pixel + 16 * half)));
    }
    if (channels <= 16 * half) {
        return _mm256_setzero_si256();
    }
    return _mm256_cvtepu8_epi16(loaded_16(pixel + 16 * half, channels - 16 * half));
}

SIGHTLINE_YMM_INLINE void store_sums(const sightline_output_kind kind, const task *task, const __m256i sums[4],
                                     const ymm_finisher *f, void *output) {
    if (kind == SIGHTLINE_OUTPUT_FLOAT) {  // The slow way, for extreme scales too.
        int32_t ordered[BLOCK], stored[BLOCK];
        memcpy(stored, sums, sizeof stored);
        for (uint32_t channel = 0; channel < BLOCK; channel++) {
            ordered[channel] = stored[place_of(channel)];
        }
        sightline_avx2_finish(&task->out, 1, ordered, 0, output);
        return;
    }
    ymm_factors factors;
    SIGHTLINE_UNROLL
    for (int n = 0; n < 4; n++) {
        factors.scale[n] = _mm256_loadu_ps(task->tables[0] + 8 * n);
        factors.bias[n] = _mm256_loadu_ps(task->tables[1] + 8 * n);
        factors.slope[n] = _mm256_loadu_ps(task->tables[2] + 8 * n);
        factors.offset[n] = _mm256_loadu_ps(task->tables[3] + 8 * n);
    }
    const __m256i bytes = _mm256_permute4x64_epi64(packed_bytes(kind, 0, sums, &factors, f), 0xD8);
    store_32((uint8_t *)output + task->out.first_channel, bytes, task->out.channels);
}

/// Adds two taps' products. `b` is any pixel where there is no second tap: its weights are zero.
SIGHTLINE_YMM_INLINE void add_pair(const int partial, const uint8_t *a, const uint8_t *b, uint32_t channels,
                                   const int8_t *weights, __m256i sums[4]) {
    SIGHTLINE_UNROLL
    for (uint32_t half = 0; half < 2; half++) {
        const __m256i first = widened(partial, a, half, channels), second = widened(partial, b, half, channels);
        const __m256i *w = (const __m256i *)(weights + 64 * half);
        const __m256i low = _mm256_unpacklo_epi16(first, second), high = _mm256_unpackhi_epi16(first, second);
        sums[2 * half] = _mm256_add_epi32(sums[2 * half], _mm256_madd_epi16(low, _mm256_loadu_si256(w)));
        sums[2 * half + 1] = _mm256_add_epi32(sums[2 * half + 1], _mm256_madd_epi16(high, _mm256_loadu_si256(w + 1)));
    }
}

/// Walks through the window's taps in the order of the weights.
typedef struct {
    const uint8_t *pixel;
    uint32_t column, left;
} tap_walk;

SIGHTLINE_YMM_INLINE const uint8_t *next_tap(tap_walk *walk, const task *task) {
    const uint8_t *pixel = walk->pixel;
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

SIGHTLINE_YMM_INLINE void run_row(const sightline_output_kind kind, const int partial, const task *task, uint32_t row) {
    const sightline_convolution_region *region = task->region;
    const ymm_finisher f = prepared(&task->out);
    const uint8_t *input = sightline_window(task->shape, region, row, 0);
    char *output = sightline_output_pixel(region, row, 0);
    for (uint32_t column = 0; column < region->columns; column++) {
        tap_walk walk = {input + task->out.first_channel, 0, (uint32_t)sightline_taps(task->shape)};
        const int8_t *weights = task->weights;
        __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                           _mm256_setzero_si256()};
        while (walk.left > 0) {
            const uint8_t *a = next_tap(&walk, task);
            const uint8_t *b = walk.left > 0 ? next_tap(&walk, task) : a;
            add_pair(partial, a, b, task->out.channels, weights, sums);
            weights += PAIR_BYTES;
        }
        store_sums(kind, task, sums, &f, output);
        input += task->shape->stride_width * region->input_pixel_stride;
        output += region->output_pixel_stride;
    }
}

#define ROW(KIND, PARTIAL)                                                             \
    SIGHTLINE_YMM static void row_##KIND##_##PARTIAL(const task *task, uint32_t row) { \
        run_row((sightline_output_kind)KIND, PARTIAL, task, row);                      \
    }
ROW(0, 0)
ROW(1, 0)
ROW(2, 0)
ROW(3, 0)
ROW(4, 0)
ROW(0, 1)
ROW(1, 1)
ROW(2, 1)
ROW(3, 1)
ROW(4, 1)
// By kind of output (that of floats is the slow one for all) and whether the block has fewer than 32 channels.
static void (*const rows[SIGHTLINE_OUTPUT_KINDS][2])(const task *task, uint32_t row) = {
    {row_0_0, row_0_1}, {row_1_0, row_1_1}, {row_2_0, row_2_1}, {row_3_0, row_3_1}, {row_4_0, row_4_1}};

void sightline_avx2_depthwise(const sightline_convolution_shape *shape, const void *packed,
                              const sightline_epilogue *epilogue, const sightline_convolution_region *region) {
    sightline_assert_region(shape, region);
    const sightline_packed_header *header = packed;
    const int safe = sightline_conversion_is_safe(epilogue, shape->output_channels, header->largest_sum);
    const sightline_output_kind kind = safe ? epilogue->kind : SIGHTLINE_OUTPUT_FLOAT;
    sightline_curve_bytes curve;
    if (epilogue->kind == SIGHTLINE_OUTPUT_CURVE) {
        sightline_split_curve(epilogue->curve, &curve);
    }
    task task = {.shape = shape, .region = region};
    task.out.epilogue = epilogue;
    task.out.curve = &curve;
    task.out.output_pixel_stride = region->output_pixel_stride;
    task.weights = (const int8_t *)packed + sizeof *header;
    for (uint32_t first = 0; first < shape->output_channels; first += BLOCK) {
        const uint32_t left = shape->output_channels - first;
        task.out.first_channel = first;
        task.out.channels = left < BLOCK ? left : BLOCK;
        order_table(epilogue->scale + first, task.tables[0]);
        order_table(epilogue->bias + first, task.tables[1]);
        if (epilogue->kind == SIGHTLINE_OUTPUT_PRELU) {
            order_table(epilogue->negative_slope + first, task.tables[2]);
        } else if (epilogue->kind == SIGHTLINE_OUTPUT_ARCS) {
            order_table(epilogue->gain + first, task.tables[2]);
            order_table(epilogue->offset + first, task.tables[3]);
        }
        for (uint32_t row = 0; row < region->rows; row++) {
            rows[kind][left < BLOCK](&task, row);
        }
        task.weights += pairs_of(shape) * PAIR_BYTES;
    }
}

#else
typedef int sightline_not_this_processor;
#endif
