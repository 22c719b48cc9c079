#include "CKernels.h"

#if defined(__x86_64__)
#include <emmintrin.h>

static __m128i load(const uint8_t *pixels) { return _mm_loadu_si128((const __m128i *)pixels); }

void sightline_patch_differences(
    const uint8_t *patch, const uint8_t *area, ptrdiff_t stride, int columns, int rows, int32_t *differences) {
    __m128i wanted[SIGHTLINE_PATCH_HEIGHT];
    for (int line = 0; line < SIGHTLINE_PATCH_HEIGHT; line++) wanted[line] = load(patch + line * stride);
    for (int row = 0; row < rows; row++, area += stride) {
        for (int column = 0; column < columns; column++) {
            __m128i sums = _mm_setzero_si128();
            for (int line = 0; line < SIGHTLINE_PATCH_HEIGHT; line++) {
                sums = _mm_add_epi32(sums, _mm_sad_epu8(wanted[line], load(area + column + line * stride)));
            }
            *differences++ = _mm_cvtsi128_si32(_mm_add_epi32(sums, _mm_unpackhi_epi64(sums, sums)));
        }
    }
}

#elif defined(__aarch64__)
#include <arm_neon.h>

void sightline_patch_differences(
    const uint8_t *patch, const uint8_t *area, ptrdiff_t stride, int columns, int rows, int32_t *differences) {
    uint8x16_t wanted[SIGHTLINE_PATCH_HEIGHT];
    for (int line = 0; line < SIGHTLINE_PATCH_HEIGHT; line++) wanted[line] = vld1q_u8(patch + line * stride);
    for (int row = 0; row < rows; row++, area += stride) {
        for (int column = 0; column < columns; column++) {
            // At most 20 times 255 in each lane.
            uint16x8_t sums = vdupq_n_u16(0);
            for (int line = 0; line < SIGHTLINE_PATCH_HEIGHT; line++) {
                sums = vpadalq_u8(sums, vabdq_u8(wanted[line], vld1q_u8(area + column + line * stride)));
            }
            *differences++ = (int32_t)vaddlvq_u16(sums);
        }
    }
}

#else

void sightline_patch_differences(
    const uint8_t *patch, const uint8_t *area, ptrdiff_t stride, int columns, int rows, int32_t *differences) {
    for (int row = 0; row < rows; row++, area += stride) {
        for (int column = 0; column < columns; column++) {
            int32_t sum = 0;
            for (int line = 0; line < SIGHTLINE_PATCH_HEIGHT; line++) {
                for (int pixel = 0; pixel < SIGHTLINE_PATCH_WIDTH; pixel++) {
                    int difference = patch[line * stride + pixel] - area[column + line * stride + pixel];
                    sum += difference < 0 ? -difference : difference;
                }
            }
            *differences++ = sum;
        }
    }
}

#endif
