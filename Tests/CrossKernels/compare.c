// Compares every int8 table of the processor that it is compiled for with the portable one, bit for bit, and prints digests
// of what all tables must compute alike: of a small network, and of the single-precision kernels. Made for processors that
// tests reach through an emulator; Swift's own tests cover the host's.
//
// Prints one line for each table, then `digest NAME HEX` lines; ends with 1 and one line when anything differs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"
#include "cases.h"

static const sightline_kernels *portable;
static size_t compared;

static void require_equal(const char *table, const char *kernel, const buffer *expected, const buffer *result,
                          const char *what) {
    compared++;
    for (size_t n = 0; n < expected->count; n++) {
        if (expected->bytes[n] != result->bytes[n]) {
            printf("%s %s differs from portable at byte %zu: %d instead of %d; %s\n", table, kernel, n,
                   result->bytes[n], expected->bytes[n], what);
            exit(1);
        }
    }
}

// MARK: convolutions

typedef void (*convolution_function)(const sightline_convolution_shape *, const void *, const sightline_epilogue *,
                                     const sightline_convolution_region *);

static void run_convolution(const sightline_kernels *table, convolution_case *test, buffer *output) {
    const sightline_convolution_shape *shape = &test->shape;
    const int dense = !test->is_depthwise;
    const size_t bytes = dense ? table->convolution_packed_bytes(shape) : table->depthwise_packed_bytes(shape);
    void *packed = aligned_alloc(64, (bytes + 63) / 64 * 64);
    (dense ? table->convolution_pack : table->depthwise_pack)(shape, test->weights, packed);
    fill(output, 0xA5);
    sightline_convolution_region region = test->region;
    region.output = output->bytes;
    (dense ? table->convolution : table->depthwise)(shape, packed, &test->epilogue.epilogue, &region);
    free(packed);
}

static void compare_convolution(const sightline_kernels *table, const convolution_form *form, uint64_t seed) {
    convolution_case test = make_convolution(form, seed);
    buffer expected = allocate(test.output_bytes), result = allocate(test.output_bytes);
    run_convolution(portable, &test, &expected);
    run_convolution(table, &test, &result);
    char what[200];
    describe(form, seed, what, sizeof what);
    require_equal(table->name, form->is_depthwise ? "depthwise" : "convolution", &expected, &result, what);
    release(&expected);
    release(&result);
    release_convolution(&test);
}

static void compare_convolutions(const sightline_kernels *table) {
    uint64_t state = 1;
    for (uint32_t channels = 1; channels <= 100; channels += channels < 40 ? 1 : 7) {
        for (int kind = 0; kind < SIGHTLINE_OUTPUT_KINDS; kind++) {
            const convolution_form form = {.input_channels = pick(&state, 1, 40), .output_channels = channels,
                                           .kernel = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}, .rows = 2,
                                           .columns = pick(&state, 1, 15), .output_gap = pick(&state, 0, 3), .kind = kind};
            compare_convolution(table, &form, next_random(&state));
        }
    }
    for (int n = 0; n < 400; n++) {
        const convolution_form form = random_form(&state, n % SIGHTLINE_OUTPUT_KINDS, n % 3 == 2);
        compare_convolution(table, &form, next_random(&state));
    }
    // A picture's first layer, and the largest products there are.
    for (int n = 0; n < 40; n++) {
        const convolution_form form = {.input_channels = n % 2 ? 3 : 4, .output_channels = pick(&state, 1, 64),
                                       .kernel = {3 + n % 4, 3 + n % 4}, .stride = {2, 2}, .dilation = {1, 1}, .rows = 3,
                                       .columns = pick(&state, 1, 40), .input_gap = n % 2, .kind = n % SIGHTLINE_OUTPUT_KINDS,
                                       .is_extreme = n >= 20};
        compare_convolution(table, &form, next_random(&state));
    }
}

// MARK: the others

static void compare_pools(const sightline_kernels *table) {
    uint64_t state = 2;
    for (int n = 0; n < 60; n++) {
        convolution_form form = random_form(&state, SIGHTLINE_OUTPUT_REQUANTIZED, 1);
        convolution_case test = make_convolution(&form, next_random(&state));
        buffer expected = allocate(test.output_bytes), result = allocate(test.output_bytes);
        fill(&expected, 0xA5);
        fill(&result, 0xA5);
        test.region.output = expected.bytes;
        portable->maximum_pool(&test.shape, &test.region);
        test.region.output = result.bytes;
        table->maximum_pool(&test.shape, &test.region);
        char what[200];
        describe(&form, 0, what, sizeof what);
        require_equal(table->name, "maximum_pool", &expected, &result, what);
        release(&expected);
        release(&result);
        release_convolution(&test);
    }
}

static void compare_runs(const sightline_kernels *table) {
    uint64_t state = 3;
    for (size_t count = 0; count < 140; count++) {
        buffer a = allocate(count), b = allocate(count), floats = allocate(count * 4);
        buffer expected = allocate(count), result = allocate(count);
        buffer reals = allocate(count * 4), other_reals = allocate(count * 4);
        randomize(&a, &state);
        randomize(&b, &state);
        const float scale = 0.001f * (float)pick(&state, 1, 200);
        const int32_t zero_point = (int32_t)pick(&state, 0, 255);
        fill_floats(&floats, scale * 300, &state);
        uint8_t look_up[256];
        for (int n = 0; n < 256; n++) look_up[n] = (uint8_t)next_random(&state);
        const sightline_add_parameters add = {scale * 30, 0.7f, -20.5f};
        char what[100];
        snprintf(what, sizeof what, "%zu elements, scale %g, zero point %d", count, scale, zero_point);

        portable->add(&add, a.bytes, b.bytes, expected.bytes, count);
        table->add(&add, a.bytes, b.bytes, result.bytes, count);
        require_equal(table->name, "add", &expected, &result, what);
        portable->look_up(look_up, a.bytes, expected.bytes, count);
        table->look_up(look_up, a.bytes, result.bytes, count);
        require_equal(table->name, "look_up", &expected, &result, what);
        portable->quantize(scale, zero_point, (const float *)floats.bytes, expected.bytes, count);
        table->quantize(scale, zero_point, (const float *)floats.bytes, result.bytes, count);
        require_equal(table->name, "quantize", &expected, &result, what);
        portable->dequantize(scale, zero_point, a.bytes, (float *)reals.bytes, count);
        table->dequantize(scale, zero_point, a.bytes, (float *)other_reals.bytes, count);
        require_equal(table->name, "dequantize", &reals, &other_reals, what);
        release(&a);
        release(&b);
        release(&floats);
        release(&expected);
        release(&result);
        release(&reals);
        release(&other_reals);
    }
}

static void compare_blends(const sightline_kernels *table) {
    uint64_t state = 4;
    for (int n = 0; n < 200; n++) {
        const uint32_t channels = pick(&state, 1, 70), rows = 2, columns = pick(&state, 1, 9);
        const int kind = n % SIGHTLINE_OUTPUT_KINDS;
        const size_t element = kind == SIGHTLINE_OUTPUT_FLOAT ? 4 : 1, gap = pick(&state, 0, 2) * 4;
        const size_t in_pitch = (channels + 3) / 4 * 4, out_pitch = channels * element + gap;
        buffer a = allocate(in_pitch * rows * columns), b = allocate(in_pitch * rows * columns);
        buffer expected = allocate(out_pitch * rows * columns), result = allocate(out_pitch * rows * columns);
        randomize(&a, &state);
        randomize(&b, &state);
        fill(&expected, 0xA5);
        fill(&result, 0xA5);
        epilogue_tables tables = make_epilogue(kind, channels, 1.0f, n % 8 == 7, &state);
        sightline_blend_region region = {a.bytes, (ptrdiff_t)(in_pitch * columns), (ptrdiff_t)in_pitch,
                                         n % 3 ? b.bytes : NULL, (ptrdiff_t)(in_pitch * columns), (ptrdiff_t)in_pitch,
                                         expected.bytes, (ptrdiff_t)(out_pitch * columns), (ptrdiff_t)out_pitch,
                                         rows, columns, channels};
        portable->blend(&tables.epilogue, tables.second_scale, &region);
        region.output = result.bytes;
        table->blend(&tables.epilogue, tables.second_scale, &region);
        char what[100];
        snprintf(what, sizeof what, "%u channels, kind %d", channels, kind);
        require_equal(table->name, "blend", &expected, &result, what);
        release_epilogue(&tables);
        release(&a);
        release(&b);
        release(&expected);
        release(&result);
    }
}

// MARK: digests

/// Dense, depthwise, pooling, a table, a sum and a dense layer again, on a picture of noise.
static uint64_t network_digest(const sightline_kernels *table) {
    uint64_t state = 5, hash = digest_start;
    for (int n = 0; n < 6; n++) {
        convolution_form form = random_form(&state, n % 4, n % 2);
        form.output_gap = 0;
        convolution_case test = make_convolution(&form, next_random(&state));
        buffer output = allocate(test.output_bytes), looked_up = allocate(test.output_bytes);
        run_convolution(table, &test, &output);
        uint8_t look_up[256];
        for (int k = 0; k < 256; k++) look_up[k] = (uint8_t)next_random(&state);
        table->look_up(look_up, output.bytes, looked_up.bytes, output.count);
        const sightline_add_parameters add = {0.4f, 0.6f, 3.25f};
        table->add(&add, output.bytes, looked_up.bytes, looked_up.bytes, output.count);
        hash = digest(hash, output.bytes, output.count);
        hash = digest(hash, looked_up.bytes, looked_up.count);
        release(&output);
        release(&looked_up);
        release_convolution(&test);
    }
    return hash;
}

int main(void) {
    portable = sightline_kernels_named("portable");
    for (const char *const *name = sightline_kernels_available(); *name; name++) {
        const sightline_kernels *table = sightline_kernels_named(*name);
        compared = 0;
        if (table != portable) {
            compare_convolutions(table);
            compare_pools(table);
            compare_runs(table);
            compare_blends(table);
        }
        if (sightline_peak_multiply_accumulates_per_second(table) <= 0) {
            printf("%s: no peak rate\n", *name);
            return 1;
        }
        printf("table %s %zu comparisons\n", *name, compared);
        printf("digest network %016llx\n", (unsigned long long)network_digest(table));
        printf("digest float %016llx\n", (unsigned long long)float_digest(sightline_float_kernels_named(*name)));
    }
    return 0;
}
