// The kernels for AVX2 and FMA, and those that AVX-VNNI shares with them.
#pragma once

#include "dense.h"
#include "sightline_kernels.h"

/// See sightline_finish_function in dense.h.
void sightline_avx2_finish(const sightline_way_out *out, uint32_t pixels, const int32_t *sums, size_t pixel_sums,
                           void *output);

size_t sightline_avx2_depthwise_packed_bytes(const sightline_convolution_shape *shape);
void sightline_avx2_depthwise_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed);
void sightline_avx2_depthwise(const sightline_convolution_shape *shape, const void *packed,
                              const sightline_epilogue *epilogue, const sightline_convolution_region *region);

void sightline_avx2_maximum_pool(const sightline_convolution_shape *shape, const sightline_convolution_region *region);

void sightline_avx2_add(const sightline_add_parameters *parameters, const uint8_t *a, const uint8_t *b, uint8_t *output,
                        size_t count);
void sightline_avx2_quantize(float scale, int32_t zero_point, const float *input, uint8_t *output, size_t count);
void sightline_avx2_dequantize(float scale, int32_t zero_point, const uint8_t *input, float *output, size_t count);
void sightline_avx2_blend(const sightline_epilogue *epilogue, const float *scale_b,
                          const sightline_blend_region *region);

extern const sightline_kernels sightline_kernels_avx2;
/// The same kernels, with vpdpbusd in the encoding of AVX-VNNI and in that of AVX-512 VL.
extern const sightline_kernels sightline_kernels_avxvnni;
extern const sightline_kernels sightline_kernels_avxvnni_evex;
