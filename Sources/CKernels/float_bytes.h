// Quantisation of floats, and copies of bytes. A part of float_kernels.h.
#pragma once

#include "float_lanes.h"

static void quantize_pixels(const float *input, const float *factors, const float *zero_points, uint8_t *output,
                            ptrdiff_t output_stride, size_t pixels, size_t channels) {
    for (size_t pixel = 0; pixel < pixels; pixel++, input += channels, output += output_stride) {
        for (size_t c = 0; c < channels; c += LANES) {
            size_t rest = channels - c;
            lanes value = fused(load(input + c), load(factors + c), load(zero_points + c));
            value = smaller(larger(splat(0.0f), value), splat(255.0f));
            bytes result = __builtin_convertvector(
                __builtin_convertvector(__builtin_elementwise_roundeven(value), mask), bytes);
            if (rest >= LANES) {
                memcpy(output + c, &result, LANES);
            } else {
                store_bytes(output + c, result, rest);
            }
        }
    }
}

static void quantize_rows(float scale, int32_t zero_point, const float *input, uint8_t *output, ptrdiff_t output_stride,
                          size_t rows, size_t count) {
    lanes zero = splat((float)zero_point);
    for (size_t row = 0; row < rows; row++, input += count, output += output_stride) {
        for (size_t c = 0; c < count; c += LANES) {
            lanes value = __builtin_elementwise_roundeven(load(input + c) / splat(scale));
            value = select(value == value, value, splat(0.0f)) + zero;
            value = smaller(larger(value, splat(0.0f)), splat(255.0f));
            bytes result = __builtin_convertvector(__builtin_convertvector(value, mask), bytes);
            if (count - c >= LANES) {
                memcpy(output + c, &result, LANES);
            } else {
                store_bytes(output + c, result, count - c);
            }
        }
    }
}

#define COPY_EACH(COUNT)                                                                                    \
    for (size_t pixel = 0; pixel < pixels; pixel++, input += input_stride, output += output_stride) {      \
        memcpy(output, input, COUNT);                                                                       \
    }

static void copy_pixels(const uint8_t *input, ptrdiff_t input_stride, uint8_t *output, ptrdiff_t output_stride,
                        size_t pixels, size_t count) {
    if (count == 2) {
        COPY_EACH(2)
    } else if (count == 4) {
        COPY_EACH(4)
    } else if (count == 8) {
        COPY_EACH(8)
    } else if (count == 16) {
        COPY_EACH(16)
    } else if (count % 64 == 0) {
        for (size_t pixel = 0; pixel < pixels; pixel++, input += input_stride, output += output_stride) {
            for (size_t i = 0; i < count; i += 64) {
                memcpy(output + i, input + i, 64);
            }
        }
    } else if (count % 16 == 0) {
        for (size_t pixel = 0; pixel < pixels; pixel++, input += input_stride, output += output_stride) {
            for (size_t i = 0; i < count; i += 16) {
                memcpy(output + i, input + i, 16);
            }
        }
    } else if (count % 4 == 0) {
        for (size_t pixel = 0; pixel < pixels; pixel++, input += input_stride, output += output_stride) {
            for (size_t i = 0; i < count; i += 4) {
                memcpy(output + i, input + i, 4);
            }
        }
    } else if (count < 16) {
        for (size_t pixel = 0; pixel < pixels; pixel++, input += input_stride, output += output_stride) {
            bytes value;
            memcpy(&value, input, 16);
            store_bytes(output, value, count);
        }
    } else {
        // The last piece overlaps the one before it.
        for (size_t pixel = 0; pixel < pixels; pixel++, input += input_stride, output += output_stride) {
            for (size_t i = 0; i + 16 < count; i += 16) {
                memcpy(output + i, input + i, 16);
            }
            memcpy(output + count - 16, input + count - 16, 16);
        }
    }
}
