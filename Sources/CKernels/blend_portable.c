// Blends in plain C.
#include "epilogue.h"
#include "numerics.h"
#include "packing.h"
#include "portable.h"

enum { STEP = 64 };

static void blend_pixel(const sightline_epilogue *epilogue, const float *scale_b, uint32_t channels, const uint8_t *a,
                        const uint8_t *b, void *output) {
    float values[STEP];
    for (uint32_t done = 0; done < channels; done += STEP) {
        const uint32_t step = channels - done < STEP ? channels - done : STEP;
        for (uint32_t n = 0; n < step; n++) {
            const uint32_t c = done + n;
            const float inner = b ? fmaf((float)b[c], scale_b[c], epilogue->bias[c]) : epilogue->bias[c];
            values[n] = fmaf((float)a[c], epilogue->scale[c], inner);
        }
        sightline_finish_values(epilogue, done, step, values, output);
    }
}

void sightline_portable_blend(const sightline_epilogue *epilogue, const float *scale_b,
                              const sightline_blend_region *region) {
    for (uint32_t row = 0; row < region->rows; row++) {
        const uint8_t *a = region->a + row * region->a_row_stride;
        const uint8_t *b = region->b ? region->b + row * region->b_row_stride : NULL;
        char *output = (char *)region->output + row * region->output_row_stride;
        for (uint32_t column = 0; column < region->columns; column++) {
            blend_pixel(epilogue, scale_b, region->channels, a, b, output);
            a += region->a_pixel_stride;
            b = b ? b + region->b_pixel_stride : NULL;
            output += region->output_pixel_stride;
        }
    }
}
