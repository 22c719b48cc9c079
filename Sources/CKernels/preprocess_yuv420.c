// R'G'B' to Y'CbCr 4:2:0, for the video encoder.
#include "preprocess_scalar.h"

static inline uint8_t luma(const sightline_inverse_color_matrix *m, int32_t red, int32_t green, int32_t blue) {
    int32_t sum = m->y_from_red * red + m->y_from_green * green + m->y_from_blue * blue;
    return preprocess_clamp(((sum + 0x4000) >> 15) + m->y_offset);
}

static inline uint8_t chroma(int32_t from_red, int32_t from_green, int32_t from_blue, int32_t red, int32_t green,
                             int32_t blue) {
    // Sums of four pixels: two bits more to shift away.
    return preprocess_clamp(((from_red * red + from_green * green + from_blue * blue + 0x10000) >> 17) + 128);
}

static inline __attribute__((always_inline)) void convert_rows(
    const sightline_inverse_color_matrix *matrix, const uint8_t *first, const uint8_t *second, size_t pixel_stride,
    size_t red, size_t green, size_t blue, size_t width, uint8_t *first_luma, uint8_t *second_luma, uint8_t *u, uint8_t *v) {
    const sightline_inverse_color_matrix m = *matrix;
    for (size_t x = 0; x < width; x += 2) {
        size_t left = x * pixel_stride;
        size_t right = x + 1 < width ? left + pixel_stride : left;
        const uint8_t *pixels[4] = {first + left, first + right, second + left, second + right};
        int32_t sums[3] = {0, 0, 0};
        uint8_t lumas[4];
        for (size_t i = 0; i < 4; i++) {
            int32_t r = pixels[i][red], g = pixels[i][green], b = pixels[i][blue];
            lumas[i] = luma(&m, r, g, b);
            sums[0] += r;
            sums[1] += g;
            sums[2] += b;
        }
        first_luma[x] = lumas[0];
        second_luma[x] = lumas[2];
        if (x + 1 < width) {
            first_luma[x + 1] = lumas[1];
            second_luma[x + 1] = lumas[3];
        }
        u[x / 2] = chroma(m.u_from_red, m.u_from_green, m.u_from_blue, sums[0], sums[1], sums[2]);
        v[x / 2] = chroma(m.v_from_red, m.v_from_green, m.v_from_blue, sums[0], sums[1], sums[2]);
    }
}

void sightline_rgb_to_yuv420_rows(const sightline_inverse_color_matrix *matrix, const uint8_t *first,
                                  const uint8_t *second, size_t pixel_stride, size_t red, size_t green, size_t blue,
                                  size_t width, uint8_t *first_luma, uint8_t *second_luma, uint8_t *u, uint8_t *v) {
    if (pixel_stride == 3 && red == 0 && green == 1 && blue == 2) {
        convert_rows(matrix, first, second, 3, 0, 1, 2, width, first_luma, second_luma, u, v);
    } else {
        convert_rows(matrix, first, second, pixel_stride, red, green, blue, width, first_luma, second_luma, u, v);
    }
}
