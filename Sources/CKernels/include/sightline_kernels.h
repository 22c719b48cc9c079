// The function table: one per instruction set, immutable, chosen once.
#pragma once

#include "sightline_convolution.h"
#include "sightline_elementwise.h"

typedef struct {
    /// The instruction set's name, as SIGHTLINE_ISA and `model bench` spell it: "avx512vnni", "avxvnni", "avx2",
    /// "neon-i8mm", "neon-dotprod", "portable".
    const char *name;

    // Dense convolution. Weights arrive as [output channel][kernel row][kernel column][input channel]. Packed weights
    // are the table's own, and want memory aligned to 16 bytes; 64 is faster.
    size_t (*convolution_packed_bytes)(const sightline_convolution_shape *shape);
    void (*convolution_pack)(const sightline_convolution_shape *shape, const int8_t *weights, void *packed);
    void (*convolution)(const sightline_convolution_shape *shape, const void *packed,
                        const sightline_epilogue *epilogue, const sightline_convolution_region *region);

    // Depthwise convolution: input_channels == output_channels, each output channel reads its own input channel.
    // Weights arrive as [channel][kernel row][kernel column].
    size_t (*depthwise_packed_bytes)(const sightline_convolution_shape *shape);
    void (*depthwise_pack)(const sightline_convolution_shape *shape, const int8_t *weights, void *packed);
    void (*depthwise)(const sightline_convolution_shape *shape, const void *packed, const sightline_epilogue *epilogue,
                      const sightline_convolution_region *region);

    // Maximum over the kernel's window, per channel; the region's output is uint8_t. No epilogue: quantisation is
    // unchanged.
    void (*maximum_pool)(const sightline_convolution_shape *shape, const sightline_convolution_region *region);

    // Runs of elements. Input and output may be the same run, but may not overlap otherwise.
    void (*add)(const sightline_add_parameters *parameters, const uint8_t *a, const uint8_t *b, uint8_t *output,
                size_t count);
    void (*look_up)(const uint8_t table[256], const uint8_t *input, uint8_t *output, size_t count);
    /// saturate_u8(rne(input / scale) + zero_point), as ONNX QuantizeLinear; NaN becomes zero_point.
    void (*quantize)(float scale, int32_t zero_point, const float *input, uint8_t *output, size_t count);
    /// (input - zero_point) * scale, as ONNX DequantizeLinear.
    void (*dequantize)(float scale, int32_t zero_point, const uint8_t *input, float *output, size_t count);

    /// A sum of one or two tensors with factors for each channel, then what a convolution's epilogue does:
    ///     v = fma((float)a, scale[c], fma((float)b, scale_b[c], bias[c])), or fma((float)a, scale[c], bias[c]) without
    ///     b,
    /// takes the place of the epilogue's first fma. An addition, a batch normalisation, PReLU and quantisation are one
    /// pass so, and parts of a concatenation may have scales of their own. `scale_b` is padded like the epilogue's
    /// arrays.
    void (*blend)(const sightline_epilogue *epilogue, const float *scale_b, const sightline_blend_region *region);
} sightline_kernels;

/// The best table that this processor runs, or the one that the environment variable SIGHTLINE_ISA names.
/// NULL when SIGHTLINE_ISA names one that is unknown or that this processor cannot run.
const sightline_kernels *sightline_kernels_selected(void);

/// The table of that name, or NULL when it is unknown or this processor cannot run it. "avxvnni" takes the processor's
/// own encoding of the instruction; "avxvnni-vex" and "avxvnni-evex" (AVX-512 VL) ask for one of the two.
const sightline_kernels *sightline_kernels_named(const char *name);

/// Names of all tables that this processor can run, best first; NULL behind the last.
const char *const *sightline_kernels_available(void);
