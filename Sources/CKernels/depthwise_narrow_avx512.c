// 3x3 depthwise convolution at stride 1 of up to 16 channels with AVX-512 VNNI.
//
// Four rows of 16 channels fill one vector, so a column is one byte permutation, and all six vectors of weights stay in
// registers. Four columns make one full epilogue.
#if defined(__x86_64__)
#include "depthwise_avx512.h"
#include "geometry.h"

#include <string.h>

enum { CHANNELS = SIGHTLINE_NARROW_CHANNELS, COLUMNS = 4 };

void sightline_avx512_pack_narrow(const int8_t *weights, uint32_t channels, void *packed) {
    int8_t *out = packed;
    memset(out, 0, SIGHTLINE_NARROW_BYTES);
    for (uint32_t output_row = 0; output_row < 2; output_row++) {
        for (uint32_t column = 0; column < 3; column++) {
            for (uint32_t channel = 0; channel < channels; channel++) {
                for (uint32_t row = 0; row < 3; row++) {
                    out[(output_row * 3 + column) * 64 + channel * 4 + row + output_row] =
                        weights[channel * 9 + row * 3 + column];
                }
            }
        }
    }
}

static const byte_order packed_order = SIGHTLINE_VECTOR_BY_VECTOR(SIGHTLINE_PACKED_BYTE);
static const byte_order curve_order = SIGHTLINE_VECTOR_BY_VECTOR(SIGHTLINE_CURVE_BYTE);

/// Four rows of one column: lane = channel, its four bytes = rows.
#define ROWS_OF(channel) channel, channel + 16, channel + 32, channel + 48
static const byte_order column_order = {{ROWS_OF(0), ROWS_OF(1), ROWS_OF(2), ROWS_OF(3), ROWS_OF(4), ROWS_OF(5),
                                         ROWS_OF(6), ROWS_OF(7), ROWS_OF(8), ROWS_OF(9), ROWS_OF(10), ROWS_OF(11),
                                         ROWS_OF(12), ROWS_OF(13), ROWS_OF(14), ROWS_OF(15)}};

SIGHTLINE_AVX512_INLINE __m512i column_of(const uint8_t *pixel, ptrdiff_t down, ptrdiff_t last, __mmask16 mask) {
    __m512i rows = _mm512_castsi128_si512(_mm_maskz_loadu_epi8(mask, pixel));
    rows = _mm512_inserti32x4(rows, _mm_maskz_loadu_epi8(mask, pixel + down), 1);
    rows = _mm512_inserti32x4(rows, _mm_maskz_loadu_epi8(mask, pixel + 2 * down), 2);
    rows = _mm512_inserti32x4(rows, _mm_maskz_loadu_epi8(mask, pixel + last), 3);
    return _mm512_permutexvar_epi8(_mm512_loadu_si512(&column_order), rows);
}

/// Outputs of up to four columns of one row.
SIGHTLINE_AVX512_INLINE void finish_columns(const sightline_output_kind kind, const sightline_way_out *out,
                                            const __m512i sums[COLUMNS], uint32_t columns, __mmask16 mask,
                                            char *output) {
    if (kind == SIGHTLINE_OUTPUT_FLOAT) {  // The slow way, for extreme scales too.
        sightline_avx512_finish(out, columns, (const int32_t *)sums, CHANNELS, output);
        return;
    }
    const finisher f = prepared(out->epilogue, kind, &packed_order, &curve_order);
    channel_factors factors;
    SIGHTLINE_UNROLL
    for (int n = 0; n < COLUMNS; n++) {
        load_factors(kind, out->epilogue, out->first_channel, n, &factors);
    }
    const __m512i bytes = finished_bytes(kind, 1, sums, &factors, &f);
    const __m128i parts[COLUMNS] = {_mm512_castsi512_si128(bytes), _mm512_extracti32x4_epi32(bytes, 1),
                                    _mm512_extracti32x4_epi32(bytes, 2), _mm512_extracti32x4_epi32(bytes, 3)};
    SIGHTLINE_UNROLL
    for (uint32_t column = 0; column < COLUMNS; column++) {
        if (column < columns) {
            _mm_mask_storeu_epi8(output + column * out->output_pixel_stride + out->first_channel, mask, parts[column]);
        }
    }
}

/// Rows `row` and, where `two` is set, `row` + 1. With one row the quad's last tap is any pixel: its weights are zero.
SIGHTLINE_AVX512_INLINE void run_rows(const sightline_output_kind kind, const int two, const sightline_way_out *out,
                                      const void *packed, const sightline_convolution_shape *shape,
                                      const sightline_convolution_region *region, uint32_t row) {
    const ptrdiff_t down = region->input_row_stride, last = two ? 3 * down : 2 * down;
    const ptrdiff_t right = region->input_pixel_stride;
    const __mmask16 mask = (__mmask16)((1u << out->channels) - 1);
    const uint8_t *input = sightline_window(shape, region, row, 0) + out->first_channel;
    char *output = sightline_output_pixel(region, row, 0);
    __m512i weights[6], columns[COLUMNS + 2];
    SIGHTLINE_UNROLL
    for (int n = 0; n < 6; n++) {
        weights[n] = _mm512_loadu_si512((const char *)packed + 64 * n);
    }
    columns[COLUMNS] = column_of(input, down, last, mask);
    columns[COLUMNS + 1] = column_of(input + right, down, last, mask);
    input += 2 * right;
    for (uint32_t left = region->columns; left > 0;) {
        const uint32_t count = left < COLUMNS ? left : COLUMNS;
        __m512i upper[COLUMNS], lower[COLUMNS];
        columns[0] = columns[COLUMNS];
        columns[1] = columns[COLUMNS + 1];
        SIGHTLINE_UNROLL
        for (uint32_t n = 0; n < COLUMNS; n++) {
            columns[n + 2] = n < count ? column_of(input + n * right, down, last, mask) : columns[1];
        }
        SIGHTLINE_UNROLL
        for (int n = 0; n < COLUMNS; n++) {
            upper[n] = dot(dot(dot(_mm512_setzero_si512(), columns[n], weights[0]), columns[n + 1], weights[1]),
                           columns[n + 2], weights[2]);
            lower[n] = dot(dot(dot(_mm512_setzero_si512(), columns[n], weights[3]), columns[n + 1], weights[4]),
                           columns[n + 2], weights[5]);
        }
        finish_columns(kind, out, upper, count, mask, output);
        if (two) {
            finish_columns(kind, out, lower, count, mask, output + region->output_row_stride);
        }
        input += COLUMNS * right;
        output += COLUMNS * out->output_pixel_stride;
        left -= count;
    }
}

typedef void (*rows_function)(const sightline_way_out *out, const void *packed,
                              const sightline_convolution_shape *shape, const sightline_convolution_region *region,
                              uint32_t row);

#define ROWS(KIND, TWO)                                                                                          \
    SIGHTLINE_AVX512 static void rows_##KIND##_##TWO(const sightline_way_out *out, const void *packed,           \
                                                     const sightline_convolution_shape *shape,                   \
                                                     const sightline_convolution_region *region, uint32_t row) { \
        run_rows((sightline_output_kind)KIND, TWO, out, packed, shape, region, row);                             \
    }
ROWS(0, 0)
ROWS(1, 0)
ROWS(2, 0)
ROWS(3, 0)
ROWS(4, 0)
ROWS(0, 1)
ROWS(1, 1)
ROWS(2, 1)
ROWS(3, 1)
ROWS(4, 1)
// By kind of output (that of floats is the slow one for all) and whether there are two rows.
static const rows_function rows[SIGHTLINE_OUTPUT_KINDS][2] = {
    {rows_0_0, rows_0_1}, {rows_1_0, rows_1_1}, {rows_2_0, rows_2_1}, {rows_3_0, rows_3_1}, {rows_4_0, rows_4_1}};

void sightline_avx512_depthwise_narrow(const sightline_way_out *out, int safe, const void *packed,
                                       const sightline_convolution_shape *shape,
                                       const sightline_convolution_region *region) {
    const sightline_output_kind kind = safe ? out->epilogue->kind : SIGHTLINE_OUTPUT_FLOAT;
    for (uint32_t row = 0; row < region->rows; row += 2) {
        rows[kind][row + 1 < region->rows](out, packed, shape, region, row);
    }
}

#else
typedef int sightline_not_this_processor;
#endif
