// Random inputs for compare.c: the same on every machine.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "CKernels.h"

/// Bytes that end where an unreadable page begins, so that a read beyond the end stops the program.
typedef struct {
    uint8_t *bytes;
    size_t count;
    void *mapping;
    size_t mapped;
} buffer;

buffer allocate(size_t count);
void release(buffer *buffer);
void fill(buffer *buffer, uint8_t value);
void randomize(buffer *buffer, uint64_t *state);
/// Numbers in [-reach, reach], with infinities and NaNs among them.
void fill_floats(buffer *buffer, float reach, uint64_t *state);

uint64_t next_random(uint64_t *state);
/// An integer in [lower, upper].
uint32_t pick(uint64_t *state, uint32_t lower, uint32_t upper);

static const uint64_t digest_start = 0xcbf29ce484222325u;
/// FNV-1a, going on from `hash`.
uint64_t digest(uint64_t hash, const void *bytes, size_t count);
/// Of what all single-precision kernels compute that call no mathematical library.
uint64_t float_digest(const sightline_float_kernels *kernels);

typedef struct {
    sightline_epilogue epilogue;
    float *scale, *bias, *slope, *second_scale;
    sightline_curve *curve;
    sightline_arcs *arcs;
} epilogue_tables;

/// - Parameter scale: about how much one unit of a sum is worth, in steps of the output.
/// - Parameter is_extreme: infinities, NaN and huge factors among the scales, and any curve.
epilogue_tables make_epilogue(int kind, uint32_t channels, float scale, int is_extreme, uint64_t *state);
void release_epilogue(epilogue_tables *tables);

typedef struct {
    uint32_t input_channels, output_channels;
    uint32_t kernel[2], stride[2], dilation[2];
    uint32_t rows, columns;
    uint32_t input_gap, output_gap;  ///< Bytes, or elements, between pixels.
    int kind, is_depthwise, is_extreme;
} convolution_form;

typedef struct {
    sightline_convolution_shape shape;
    sightline_convolution_region region;  ///< Without its output.
    epilogue_tables epilogue;
    buffer input;
    int8_t *weights;
    float *starting_sums;
    size_t output_bytes;
    int is_depthwise;
} convolution_case;

convolution_form random_form(uint64_t *state, int kind, int is_depthwise);
convolution_case make_convolution(const convolution_form *form, uint64_t seed);
void release_convolution(convolution_case *test);
void describe(const convolution_form *form, uint64_t seed, char *text, size_t size);
