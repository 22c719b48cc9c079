// Runs of elements in plain C; also the odd ends of the vector kernels' runs.
#include "numerics.h"
#include "portable.h"

void sightline_portable_add(const sightline_add_parameters *parameters, const uint8_t *a, const uint8_t *b,
                            uint8_t *output, size_t count) {
    for (size_t n = 0; n < count; n++) {
        const float inner = fmaf((float)b[n], parameters->scale_b, parameters->bias);
        output[n] = sightline_rounded_byte(fmaf((float)a[n], parameters->scale_a, inner), 0, 255);
    }
}

void sightline_portable_look_up(const uint8_t table[256], const uint8_t *input, uint8_t *output, size_t count) {
    for (size_t n = 0; n < count; n++) {
        output[n] = table[input[n]];
    }
}

void sightline_portable_quantize(float scale, int32_t zero_point, const float *input, uint8_t *output, size_t count) {
    assert(zero_point >= 0 && zero_point <= 255);
    const float lower = (float)-zero_point, upper = (float)(255 - zero_point);
    for (size_t n = 0; n < count; n++) {
        float value = input[n] / scale;
        value = value == value ? value : 0;
        output[n] = (uint8_t)(sightline_rounded(sightline_limited(value, lower, upper)) + zero_point);
    }
}

void sightline_portable_dequantize(float scale, int32_t zero_point, const uint8_t *input, float *output, size_t count) {
    for (size_t n = 0; n < count; n++) {
        output[n] = (float)(input[n] - zero_point) * scale;
    }
}
