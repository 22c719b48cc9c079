// Blends with NEON, 16 channels at a time.
#if defined(__aarch64__)
#include "kernels_neon.h"
#include "neon.h"

void sightline_neon_blend(const sightline_epilogue *epilogue, const float *scale_b,
                          const sightline_blend_region *region) {
    const neon_finisher finisher = sightline_neon_finisher(epilogue);
    for (uint32_t row = 0; row < region->rows; row++) {
        const uint8_t *a = region->a + row * region->a_row_stride;
        const uint8_t *b = region->b ? region->b + row * region->b_row_stride : NULL;
        char *output = (char *)region->output + row * region->output_row_stride;
        for (uint32_t column = 0; column < region->columns; column++) {
            for (uint32_t first = 0; first < region->channels; first += NEON_CHANNELS) {
                const uint32_t left = region->channels - first;
                const uint32_t count = left < NEON_CHANNELS ? left : NEON_CHANNELS;
                float32x4_t left_floats[4], right_floats[4], values[4];
                floats_of(loaded_bytes(a + first, count), left_floats);
                if (b) {
                    floats_of(loaded_bytes(b + first, count), right_floats);
                }
                for (uint32_t n = 0; n < 4; n++) {
                    float32x4_t inner = vld1q_f32(epilogue->bias + first + 4 * n);
                    if (b) {
                        inner = vfmaq_f32(inner, right_floats[n], vld1q_f32(scale_b + first + 4 * n));
                    }
                    values[n] = vfmaq_f32(inner, left_floats[n], vld1q_f32(epilogue->scale + first + 4 * n));
                }
                sightline_neon_finish_values(&finisher, first, count, 1, values, output, 0);
            }
            a += region->a_pixel_stride;
            b = b ? b + region->b_pixel_stride : NULL;
            output += region->output_pixel_stride;
        }
    }
}

#else
typedef int sightline_not_this_processor;
#endif
