#define _GNU_SOURCE
#include "cases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// MARK: memory

buffer allocate(size_t count) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), usable = (count + page) / page * page;
    buffer result = {.count = count, .mapped = usable + page};
    result.mapping = mmap(NULL, result.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (result.mapping == MAP_FAILED || mprotect((char *)result.mapping + usable, page, PROT_NONE) != 0) {
        perror("mapping a guarded buffer");
        exit(1);
    }
    result.bytes = (uint8_t *)result.mapping + usable - count;
    return result;
}

void release(buffer *buffer) { munmap(buffer->mapping, buffer->mapped); }

void fill(buffer *buffer, uint8_t value) { memset(buffer->bytes, value, buffer->count); }

// MARK: numbers

uint64_t next_random(uint64_t *state) {  // SplitMix64.
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t pick(uint64_t *state, uint32_t lower, uint32_t upper) {
    return lower + (uint32_t)(next_random(state) % (upper - lower + 1));
}

/// In [-1, 1), a multiple of 2^-23.
static float signed_unit(uint64_t *state) { return (float)(int64_t)(next_random(state) >> 40) * 0x1p-23f - 1.0f; }

void randomize(buffer *buffer, uint64_t *state) {
    for (size_t n = 0; n < buffer->count; n++) {
        buffer->bytes[n] = (uint8_t)next_random(state);
    }
}

void fill_floats(buffer *buffer, float reach, uint64_t *state) {
    for (size_t n = 0; n + 4 <= buffer->count; n += 4) {
        float value = signed_unit(state) * reach;
        const uint32_t kind = pick(state, 0, 60);
        if (kind == 0) value = NAN;
        if (kind == 1) value = INFINITY;
        if (kind == 2) value = -INFINITY;
        memcpy(buffer->bytes + n, &value, 4);
    }
}

uint64_t digest(uint64_t hash, const void *bytes, size_t count) {
    for (size_t n = 0; n < count; n++) {
        hash = (hash ^ ((const uint8_t *)bytes)[n]) * 0x100000001b3u;
    }
    return hash;
}

// MARK: epilogues

static float *padded(uint32_t channels) {
    const size_t count = (channels + SIGHTLINE_CHANNEL_PADDING - 1) / SIGHTLINE_CHANNEL_PADDING * SIGHTLINE_CHANNEL_PADDING;
    return calloc(count, sizeof(float));
}

static float extreme(float value, uint64_t *state) {
    static const float values[] = {0, -0.0f, 1e6f, -1e6f, 1e30f, 3.4e38f, INFINITY, -INFINITY, NAN};
    return pick(state, 0, 2) ? value : values[pick(state, 0, 8)];
}

epilogue_tables make_epilogue(int kind, uint32_t channels, float scale, int is_extreme, uint64_t *state) {
    // Real numbers keep NaN's bits, which are no part of the contract.
    is_extreme = is_extreme && kind != SIGHTLINE_OUTPUT_FLOAT;
    epilogue_tables tables = {.scale = padded(channels), .bias = padded(channels), .slope = padded(channels),
                              .second_scale = padded(channels), .curve = malloc(sizeof(sightline_curve)),
                              .arcs = malloc(sizeof(sightline_arcs))};
    static const struct {
        float unit, bias;
    } reaches[SIGHTLINE_OUTPUT_KINDS] = {{1, 100}, {256, 8000}, {1, 100}, {1, 100}, {0.1f, 30}};
    const float unit = scale * reaches[kind].unit;
    for (uint32_t channel = 0; channel < channels; channel++) {
        tables.scale[channel] = unit * (1.5f + signed_unit(state));
        tables.second_scale[channel] = unit * (1.5f + signed_unit(state));
        tables.bias[channel] = reaches[kind].bias * signed_unit(state);
        tables.slope[channel] = signed_unit(state);
        if (is_extreme) {
            tables.scale[channel] = extreme(tables.scale[channel], state);
            tables.bias[channel] = extreme(tables.bias[channel], state);
            tables.slope[channel] = extreme(tables.slope[channel], state);
        }
    }
    for (int segment = 0; segment < SIGHTLINE_CURVE_SEGMENTS; segment++) {
        tables.curve->centre[segment] = (int16_t)next_random(state);
        tables.curve->slope[segment] = (int16_t)next_random(state);
    }
    for (int arc = 0; arc < SIGHTLINE_ARCS; arc++) {
        const int is_end = arc == 0 || arc == SIGHTLINE_ARCS - 1;
        tables.arcs->square[arc] = is_end ? 0 : signed_unit(state);
        tables.arcs->linear[arc] = 10 * signed_unit(state);
        tables.arcs->constant[arc] = 100 * signed_unit(state);
        if (is_extreme) tables.arcs->square[arc] = extreme(tables.arcs->square[arc], state);
    }
    if (is_extreme) tables.curve->slope[pick(state, 0, 63)] = INT16_MIN;
    tables.epilogue.kind = (sightline_output_kind)kind;
    tables.epilogue.scale = tables.scale;
    tables.epilogue.bias = tables.bias;
    tables.epilogue.negative_slope = tables.slope;
    tables.epilogue.curve = tables.curve;
    tables.epilogue.arcs = tables.arcs;
    tables.epilogue.gain = tables.slope;
    tables.epilogue.offset = tables.bias;
    tables.epilogue.zero_point = (float)pick(state, 0, 255);
    tables.epilogue.lower = (uint8_t)pick(state, 0, 60);
    tables.epilogue.upper = (uint8_t)pick(state, 180, 255);
    return tables;
}

void release_epilogue(epilogue_tables *tables) {
    free(tables->scale);
    free(tables->bias);
    free(tables->slope);
    free(tables->second_scale);
    free(tables->curve);
    free(tables->arcs);
}

// MARK: convolutions

convolution_form random_form(uint64_t *state, int kind, int is_depthwise) {
    convolution_form form = {
        .input_channels = pick(state, 1, 3) == 1 ? 4 * pick(state, 1, 16) : pick(state, 1, 40),
        .output_channels = pick(state, 1, 70),
        .kernel = {pick(state, 1, 5), pick(state, 1, 5)},
        .stride = {pick(state, 1, 3), pick(state, 1, 3)},
        .dilation = {pick(state, 1, 3), pick(state, 1, 3)},
        .rows = pick(state, 1, 3),
        .columns = pick(state, 1, 16),
        .input_gap = pick(state, 0, 1) ? 0 : pick(state, 0, 9),
        .output_gap = pick(state, 0, 1) ? 0 : pick(state, 0, 9),
        .kind = kind,
        .is_depthwise = is_depthwise,
        .is_extreme = pick(state, 0, 9) == 0,
    };
    if (is_depthwise) form.output_channels = form.input_channels;
    if (pick(state, 0, 1)) form.dilation[0] = form.dilation[1] = 1;
    return form;
}

convolution_case make_convolution(const convolution_form *form, uint64_t seed) {
    uint64_t state = seed;
    const uint32_t channels = form->input_channels, outputs = form->output_channels;
    const size_t element = form->kind == SIGHTLINE_OUTPUT_FLOAT ? 4 : 1;
    const size_t taps = form->kernel[0] * form->kernel[1], depth = form->is_depthwise ? taps : taps * channels;
    const size_t touched = (channels + 3) / 4 * 4, pitch = touched + form->input_gap;
    const size_t height = (form->rows - 1) * form->stride[0] + (form->kernel[0] - 1) * form->dilation[0] + 1;
    const size_t width = (form->columns - 1) * form->stride[1] + (form->kernel[1] - 1) * form->dilation[1] + 1;
    const size_t out_pitch = (outputs + form->output_gap) * element;
    convolution_case test = {
        .shape = {channels, outputs, form->kernel[0], form->kernel[1], form->stride[0], form->stride[1],
                  form->dilation[0], form->dilation[1]},
        .input = allocate((height * width - 1) * pitch + touched),
        .weights = malloc(outputs * depth),
        .output_bytes = (form->rows * form->columns - 1) * out_pitch + outputs * element,
        .is_depthwise = form->is_depthwise,
    };
    randomize(&test.input, &state);
    for (size_t n = 0; n < outputs * depth; n++) {
        test.weights[n] = (int8_t)next_random(&state);
    }
    if (form->is_extreme) {  // The largest products there are.
        fill(&test.input, 255);
        memset(test.weights, seed % 2 ? 127 : -128, outputs * depth);
    }
    test.region = (sightline_convolution_region){
        .input = test.input.bytes, .input_row_stride = (ptrdiff_t)(width * pitch), .input_pixel_stride = (ptrdiff_t)pitch,
        .output_row_stride = (ptrdiff_t)(form->columns * out_pitch), .output_pixel_stride = (ptrdiff_t)out_pitch,
        .rows = form->rows, .columns = form->columns};
    test.epilogue = make_epilogue(form->kind, outputs, 0.01f / sqrtf((float)depth), form->is_extreme, &state);
    if (!form->is_depthwise && seed % 3 == 0) {
        const size_t count = (form->columns + 1) / 2 * outputs + 16;
        test.starting_sums = malloc(count * sizeof(float));
        for (size_t n = 0; n < count; n++) {
            test.starting_sums[n] = (float)(int32_t)pick(&state, 0, 1 << 22) - (1 << 21);
        }
        test.region.starting_sums = test.starting_sums;
        test.region.starting_sum_stride = outputs;
    }
    return test;
}

void release_convolution(convolution_case *test) {
    release(&test->input);
    free(test->weights);
    free(test->starting_sums);
    release_epilogue(&test->epilogue);
}

void describe(const convolution_form *form, uint64_t seed, char *text, size_t size) {
    snprintf(text, size, "%u -> %u channels, kernel %ux%u, stride %ux%u, dilation %ux%u, %ux%u pixels, gaps %u %u, kind %d, "
             "seed %llu", form->input_channels, form->output_channels, form->kernel[0], form->kernel[1], form->stride[0],
             form->stride[1], form->dilation[0], form->dilation[1], form->rows, form->columns, form->input_gap,
             form->output_gap, form->kind, (unsigned long long)seed);
}
