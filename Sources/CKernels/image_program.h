// Which bytes of an image's window are multiplied together, for kernels whose lanes are output pixels.
//
// With three or four channels a tap does not fill a quad, so quads are made of any four bytes of the window: first the
// rows' whole quads, then what is left of the rows, together. A 3x3 window of 3 channels takes 7 quads in place of 9.
// The places depend on the pixel stride, which only the region knows; the packed weights hold a program for each
// possible one.
#pragma once

#include "sightline_convolution.h"

enum {
    SIGHTLINE_IMAGE_PIXELS = 16,    ///< Output pixels that one permutation serves.
    SIGHTLINE_IMAGE_CHANNELS = 16,  ///< Output channels of a block of weights: [block][quad][16 channels][4].
    SIGHTLINE_IMAGE_QUADS = 64,     ///< At most.
};

/// Bytes of one row that go into a quad.
typedef struct {
    uint8_t index[64];  ///< For each pixel and byte of the quad: its place behind `base`, below 128.
    uint64_t mask;      ///< The quad's bytes that come from this row.
    uint32_t row, base;
    uint32_t ends_quad;  ///< Whether this is the quad's last source.
    uint32_t reserved[11];
} sightline_image_source;

/// Followed by its sources, and those by the weights.
typedef struct {
    uint32_t sources, quads;
    uint32_t weights_offset;  ///< From the program's start.
    uint32_t reserved[13];
} sightline_image_program;

/// Bytes of the programs; 0 for shapes that are no image's first layer.
size_t sightline_image_packed_bytes(const sightline_convolution_shape *shape);
void sightline_image_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed);

/// The program for a pixel stride in bytes, or NULL where there is none.
const sightline_image_program *sightline_image_program_for(const sightline_convolution_shape *shape, const void *packed,
                                                           ptrdiff_t pixel_stride);
