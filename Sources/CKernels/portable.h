// Plain C kernels: the fallback on any machine, and the definition that the others are tested against.
#pragma once

#include "sightline_kernels.h"

size_t sightline_portable_convolution_packed_bytes(const sightline_convolution_shape *shape);
void sightline_portable_convolution_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed);
void sightline_portable_convolution(const sightline_convolution_shape *shape, const void *packed,
                                    const sightline_epilogue *epilogue, const sightline_convolution_region *region);

size_t sightline_portable_depthwise_packed_bytes(const sightline_convolution_shape *shape);
void sightline_portable_depthwise_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed);
void sightline_portable_depthwise(const sightline_convolution_shape *shape, const void *packed,
                                  const sightline_epilogue *epilogue, const sightline_convolution_region *region);

void sightline_portable_maximum_pool(const sightline_convolution_shape *shape,
                                     const sightline_convolution_region *region);

void sightline_portable_add(const sightline_add_parameters *parameters, const uint8_t *a, const uint8_t *b,
                            uint8_t *output, size_t count);
void sightline_portable_look_up(const uint8_t table[256], const uint8_t *input, uint8_t *output, size_t count);
void sightline_portable_quantize(float scale, int32_t zero_point, const float *input, uint8_t *output, size_t count);
void sightline_portable_dequantize(float scale, int32_t zero_point, const uint8_t *input, float *output, size_t count);
void sightline_portable_blend(const sightline_epilogue *epilogue, const float *scale_b,
                              const sightline_blend_region *region);

extern const sightline_kernels sightline_kernels_portable;
