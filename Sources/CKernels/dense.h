// The part of dense convolution that vector instruction sets share: which tile runs where.
#pragma once

#include "packing.h"
#include "sightline_kernels.h"

/// Hides how a pointer was computed. Knowing it, compilers keep an address for each pixel, more than there are
/// registers, in place of one for three pixels with base, base + step and base + 2 * step.
#define SIGHTLINE_OPAQUE(pointer) __asm__("" : "+r"(pointer))

/// How a tile walks through the input: rows of taps, in each some runs of contiguous bytes, in each some quads; at
/// least one of each.
typedef struct {
    const int8_t *weights;
    ptrdiff_t pixel_step;    ///< From one output pixel's window to the next one's.
    ptrdiff_t row_step;      ///< From one row of taps to the next.
    ptrdiff_t segment_step;  ///< From one run in a row of taps to the next.
    uint32_t rows, segments, quads;
} sightline_walk;

/// A curve's tables as bytes, for processors that look up bytes only.
typedef struct {
    uint8_t centre_low[SIGHTLINE_CURVE_SEGMENTS], centre_high[SIGHTLINE_CURVE_SEGMENTS];
    uint8_t slope_low[SIGHTLINE_CURVE_SEGMENTS], slope_high[SIGHTLINE_CURVE_SEGMENTS];
} sightline_curve_bytes;

void sightline_split_curve(const sightline_curve *curve, sightline_curve_bytes *bytes);

/// A row of tiles' way out.
typedef struct {
    const sightline_epilogue *epilogue;
    const sightline_curve_bytes *curve;  ///< Where the instruction set asks for it.
    uint32_t first_channel, channels;    ///< Of the block.
    ptrdiff_t output_pixel_stride;
    const float *starting_sums;  ///< As the region's, from the block's first channel on.
    ptrdiff_t starting_sum_stride;
} sightline_way_out;

/// `tiles` full tiles side by side, all the way to bytes or floats. `output` points at the first pixel's first channel
/// of the block.
typedef void (*sightline_tile_function)(const sightline_walk *walk, const sightline_way_out *out, const uint8_t *input,
                                        void *output, uint32_t tiles);

/// One tile's sums only: for each pixel, the block's channels.
typedef void (*sightline_sums_function)(const sightline_walk *walk, const uint8_t *input, int32_t *sums);

/// Sums to outputs, right for any scales and any number of channels. `output` points at the first pixel's channel 0.
/// Each pixel's sums fill whole vectors, and 32 more sums may be read behind the last.
typedef void (*sightline_finish_function)(const sightline_way_out *out, uint32_t pixels, const int32_t *sums,
                                          size_t pixel_sums, void *output);

enum {
    SIGHTLINE_LARGEST_VECTORS = 5,
    SIGHTLINE_LARGEST_PIXELS = 20,
    SIGHTLINE_LARGEST_TILE = 24 * 16 + 32,  ///< Sums.
};

/// An instruction set's tiles, by a block's number of vectors; entry 0 is the split block's.
typedef struct {
    sightline_packing packing;
    int wants_curve_bytes;
    uint32_t pixels[SIGHTLINE_LARGEST_VECTORS + 1];
    sightline_tile_function tiles[SIGHTLINE_LARGEST_VECTORS + 1][SIGHTLINE_OUTPUT_KINDS];  ///< NULL: through the sums.
    /// The same for blocks with fewer channels than they could have.
    sightline_tile_function partial_tiles[SIGHTLINE_LARGEST_VECTORS + 1][SIGHTLINE_OUTPUT_KINDS];
    sightline_sums_function sums[SIGHTLINE_LARGEST_VECTORS + 1][SIGHTLINE_LARGEST_PIXELS];  ///< By pixels - 1.
    sightline_finish_function finish;
} sightline_dense_tiles;

/// `safe`: no conversion can overflow, see packing.h.
void sightline_dense_convolution(const sightline_dense_tiles *tiles, const sightline_convolution_shape *shape,
                                 const void *packed, const sightline_epilogue *epilogue, int safe,
                                 const sightline_convolution_region *region);
