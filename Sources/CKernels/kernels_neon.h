// The kernels that every NEON table has: they need ARMv8.0 only.
#pragma once

#include "sightline_kernels.h"

size_t sightline_neon_depthwise_packed_bytes(const sightline_convolution_shape *shape);
void sightline_neon_depthwise_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed);
void sightline_neon_depthwise(const sightline_convolution_shape *shape, const void *packed,
                              const sightline_epilogue *epilogue, const sightline_convolution_region *region);

void sightline_neon_maximum_pool(const sightline_convolution_shape *shape, const sightline_convolution_region *region);

void sightline_neon_add(const sightline_add_parameters *parameters, const uint8_t *a, const uint8_t *b, uint8_t *output,
                        size_t count);
void sightline_neon_look_up(const uint8_t table[256], const uint8_t *input, uint8_t *output, size_t count);
void sightline_neon_quantize(float scale, int32_t zero_point, const float *input, uint8_t *output, size_t count);
void sightline_neon_dequantize(float scale, int32_t zero_point, const uint8_t *input, float *output, size_t count);
void sightline_neon_blend(const sightline_epilogue *epilogue, const float *scale_b,
                          const sightline_blend_region *region);

/// Dense convolutions by dot products of four bytes (ARMv8.2 dotprod), and by products of 2x8 with 8x2 bytes (i8mm).
extern const sightline_kernels sightline_kernels_neon_dotprod;
extern const sightline_kernels sightline_kernels_neon_i8mm;
