#include "image_program.h"

#include <string.h>

#include "geometry.h"
#include "numerics.h"

enum { REACH = 128 };

/// A byte of the window.
typedef struct {
    uint32_t row, offset;
    size_t weight;  ///< Its place among one output channel's weights.
} window_byte;

static const uint32_t pixel_strides[] = {3, 4};
enum { PROGRAMS = sizeof pixel_strides / sizeof pixel_strides[0] };

static uint32_t blocks_of(const sightline_convolution_shape *shape) {
    return (shape->output_channels + SIGHTLINE_IMAGE_CHANNELS - 1) / SIGHTLINE_IMAGE_CHANNELS;
}

static size_t row_bytes(const sightline_convolution_shape *shape) {
    return (size_t)shape->kernel_width * shape->input_channels;
}

static size_t quads_of(const sightline_convolution_shape *shape) {
    const size_t whole = row_bytes(shape) / 4, rest = row_bytes(shape) % 4;
    return whole * shape->kernel_height + (rest * shape->kernel_height + 3) / 4;
}

static int applies(const sightline_convolution_shape *shape) {
    return (shape->input_channels == 3 || shape->input_channels == 4) && shape->stride_width <= 2 &&
           shape->dilation_width == 1 && sightline_taps(shape) > 1 && quads_of(shape) <= SIGHTLINE_IMAGE_QUADS;
}

/// Every quad but those made of rows' odd ends has one source; those have at most one for each row and quad.
static size_t sources_limit(const sightline_convolution_shape *shape) {
    return quads_of(shape) + 2 * (size_t)shape->kernel_height;
}

static size_t program_bytes(const sightline_convolution_shape *shape) {
    return sizeof(sightline_image_program) + sources_limit(shape) * sizeof(sightline_image_source) +
           blocks_of(shape) * quads_of(shape) * SIGHTLINE_IMAGE_CHANNELS * 4;
}

size_t sightline_image_packed_bytes(const sightline_convolution_shape *shape) {
    return applies(shape) ? PROGRAMS * program_bytes(shape) : 0;
}

/// The n-th byte of the window in the order of the quads: rows' whole quads first, then the rows' odd ends.
static window_byte byte_at(const sightline_convolution_shape *shape, uint32_t pixel_stride, size_t n) {
    const size_t in_row = row_bytes(shape), whole = in_row / 4 * 4, rest = in_row % 4;
    uint32_t row;
    size_t place;
    if (n < whole * shape->kernel_height) {
        row = (uint32_t)(n / whole);
        place = n % whole;
    } else {
        const size_t odd = n - whole * shape->kernel_height;
        row = (uint32_t)(odd / rest);
        place = whole + odd % rest;
    }
    const size_t tap = place / shape->input_channels, channel = place % shape->input_channels;
    return (window_byte){row, (uint32_t)(tap * pixel_stride + channel), row * in_row + place};
}

/// The sources of one quad, from its one to four bytes.
static sightline_image_source *add_sources(const sightline_convolution_shape *shape, uint32_t pixel_stride,
                                           const window_byte *bytes, uint32_t count, sightline_image_source *sources) {
    uint32_t first = 0;
    while (first < count) {
        uint32_t end = first + 1;
        while (end < count && bytes[end].row == bytes[first].row) {
            end++;
        }
        *sources =
            (sightline_image_source){.row = bytes[first].row, .base = bytes[first].offset, .ends_quad = end == count};
        for (uint32_t pixel = 0; pixel < SIGHTLINE_IMAGE_PIXELS; pixel++) {
            for (uint32_t n = first; n < end; n++) {
                const uint32_t place =
                    pixel * shape->stride_width * pixel_stride + bytes[n].offset - bytes[first].offset;
                assert(place < REACH);
                sources->index[4 * pixel + n] = (uint8_t)place;
                sources->mask |= (uint64_t)1 << (4 * pixel + n);
            }
        }
        sources++;
        first = end;
    }
    return sources;
}

static void pack_program(const sightline_convolution_shape *shape, const int8_t *weights, uint32_t pixel_stride,
                         void *packed) {
    const size_t depth = sightline_taps(shape) * shape->input_channels, quads = quads_of(shape);
    sightline_image_program *head = packed;
    sightline_image_source *first_source = (sightline_image_source *)(head + 1), *next = first_source;
    int8_t *out = (int8_t *)(first_source + sources_limit(shape));
    memset(packed, 0, program_bytes(shape));
    for (size_t quad = 0; quad < quads; quad++) {
        window_byte bytes[4];
        uint32_t count = 0;
        for (; count < 4 && quad * 4 + count < depth; count++) {
            bytes[count] = byte_at(shape, pixel_stride, quad * 4 + count);
        }
        next = add_sources(shape, pixel_stride, bytes, count, next);
        for (uint32_t channel = 0; channel < shape->output_channels; channel++) {
            int8_t *to = out + ((channel / SIGHTLINE_IMAGE_CHANNELS * quads + quad) * SIGHTLINE_IMAGE_CHANNELS +
                                channel % SIGHTLINE_IMAGE_CHANNELS) *
                                   4;
            for (uint32_t n = 0; n < count; n++) {
                to[n] = weights[channel * depth + bytes[n].weight];
            }
        }
    }
    *head = (sightline_image_program){
        .sources = (uint32_t)(next - first_source),
        .quads = (uint32_t)quads,
        .weights_offset = (uint32_t)(sizeof *head + sources_limit(shape) * sizeof *next),
    };
}

void sightline_image_pack(const sightline_convolution_shape *shape, const int8_t *weights, void *packed) {
    for (int n = 0; applies(shape) && n < PROGRAMS; n++) {
        pack_program(shape, weights, pixel_strides[n], (char *)packed + n * program_bytes(shape));
    }
}

const sightline_image_program *sightline_image_program_for(const sightline_convolution_shape *shape, const void *packed,
                                                           ptrdiff_t pixel_stride) {
    for (int n = 0; applies(shape) && n < PROGRAMS; n++) {
        if (pixel_stride == pixel_strides[n] && pixel_stride >= (ptrdiff_t)shape->input_channels) {
            return (const sightline_image_program *)((const char *)packed + n * program_bytes(shape));
        }
    }
    return NULL;
}
