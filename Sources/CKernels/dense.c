// Blocks of output channels are the outer loop, so that a block's weights stay in the nearest cache for all the rows of
// a call; full tiles run along a row; what is left of the row goes through the sums.
#include "dense.h"

#include "geometry.h"

enum { SPLIT_CHANNELS = 8 };

void sightline_split_curve(const sightline_curve *curve, sightline_curve_bytes *bytes) {
    for (int segment = 0; segment < SIGHTLINE_CURVE_SEGMENTS; segment++) {
        const uint16_t centre = (uint16_t)curve->centre[segment], slope = (uint16_t)curve->slope[segment];
        bytes->centre_low[segment] = (uint8_t)centre;
        bytes->centre_high[segment] = (uint8_t)(centre >> 8);
        bytes->slope_low[segment] = (uint8_t)slope;
        bytes->slope_high[segment] = (uint8_t)(slope >> 8);
    }
}

/// How a block's tiles walk through a region.
static sightline_walk walk_for(const sightline_convolution_shape *shape, const sightline_convolution_region *region,
                               const sightline_block *block, const void *packed) {
    const uint32_t quads = (shape->input_channels + 3) / 4;
    sightline_walk walk = {
        .weights = (const int8_t *)packed + block->offset,
        .pixel_step = shape->stride_width * region->input_pixel_stride,
        .row_step = shape->dilation_height * region->input_row_stride,
        .segment_step = shape->dilation_width * region->input_pixel_stride,
        .rows = shape->kernel_height,
        .segments = shape->kernel_width,
        .quads = quads,
    };
    // Where a row's taps lie side by side, they are one long run. A split block's pairs of quads must not straddle
    // taps.
    const int contiguous = shape->dilation_width == 1 && region->input_pixel_stride == 4 * (ptrdiff_t)quads;
    if (contiguous && (block->vectors > 0 || quads % 2 == 0)) {
        walk.quads = quads * shape->kernel_width;
        walk.segments = 1;
    }
    return walk;
}

/// Adds what the sums of some pixels start from. Unsigned, since sums wrap.
static void add_to_sums(const sightline_way_out *out, uint32_t column, uint32_t pixels, int32_t *sums,
                        size_t pixel_sums) {
    for (uint32_t pixel = 0; pixel < pixels; pixel++) {
        const float *start = out->starting_sums + (column + pixel) / 2 * out->starting_sum_stride;
        for (uint32_t channel = 0; channel < out->channels; channel++) {
            int32_t *sum = sums + pixel * pixel_sums + channel;
            *sum = (int32_t)((uint32_t)*sum + (uint32_t)(int32_t)start[channel]);
        }
    }
}

/// One row of output pixels for one block. `plain`: conversions are safe, so that tiles may go all the way.
static void run_row(const sightline_dense_tiles *tiles, const sightline_walk *walk, const sightline_way_out *out,
                    const sightline_block *block, int plain, const uint8_t *input, char *output, uint32_t columns) {
    const uint32_t pixels = tiles->pixels[block->vectors];
    const size_t element_bytes = out->epilogue->kind == SIGHTLINE_OUTPUT_FLOAT ? sizeof(float) : 1;
    const uint32_t capacity = block->vectors > 0 ? block->vectors * tiles->packing.lanes : SPLIT_CHANNELS;
    // Split blocks keep their channels in another order.
    const int adds_slowly = out->starting_sums && block->vectors == 0;
    const sightline_tile_function full_tiles = block->channels == capacity
                                                   ? tiles->tiles[block->vectors][out->epilogue->kind]
                                                   : tiles->partial_tiles[block->vectors][out->epilogue->kind];
    uint32_t column = 0;
    if (plain && full_tiles && columns >= pixels && !adds_slowly) {
        const uint32_t count = columns / pixels;
        full_tiles(walk, out, input, output + block->first_channel * element_bytes, count);
        input += (ptrdiff_t)(count * pixels) * walk->pixel_step;
        output += (ptrdiff_t)(count * pixels) * out->output_pixel_stride;
        columns -= count * pixels;
        column = count * pixels;
    }
    while (columns > 0) {
        int32_t sums[SIGHTLINE_LARGEST_TILE];
        const uint32_t count = columns < pixels ? columns : pixels;
        tiles->sums[block->vectors][count - 1](walk, input, sums);
        if (out->starting_sums) {
            add_to_sums(out, column, count, sums, capacity);
        }
        tiles->finish(out, count, sums, capacity, output);
        input += (ptrdiff_t)count * walk->pixel_step;
        output += (ptrdiff_t)count * out->output_pixel_stride;
        columns -= count;
        column += count;
    }
}

void sightline_dense_convolution(const sightline_dense_tiles *tiles, const sightline_convolution_shape *shape,
                                 const void *packed, const sightline_epilogue *epilogue, int safe,
                                 const sightline_convolution_region *region) {
    sightline_curve_bytes curve;
    if (tiles->wants_curve_bytes && epilogue->kind == SIGHTLINE_OUTPUT_CURVE) {
        sightline_split_curve(epilogue->curve, &curve);
    }
    sightline_block block = sightline_first_block(&tiles->packing, shape);
    while (block.channels > 0) {
        const sightline_walk walk = walk_for(shape, region, &block, packed);
        const sightline_way_out out = {epilogue,
                                       &curve,
                                       block.first_channel,
                                       block.channels,
                                       region->output_pixel_stride,
                                       region->starting_sums ? region->starting_sums + block.first_channel : NULL,
                                       region->starting_sum_stride};
        for (uint32_t row = 0; row < region->rows; row++) {
            run_row(tiles, &walk, &out, &block, safe, sightline_window(shape, region, row, 0),
                    sightline_output_pixel(region, row, 0), region->columns);
        }
        block = sightline_next_block(&tiles->packing, shape, &block);
    }
}
