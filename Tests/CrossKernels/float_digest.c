#include <string.h>

#include "cases.h"

enum { COUNT = 333, SIDE = 37 };

/// Results, and room that kernels may read behind them.
typedef struct {
    float a[COUNT + 64], b[COUNT + 64], c[COUNT + 64], output[COUNT + 64];
} numbers;

static void make(numbers *numbers) {
    uint64_t state = 6;
    memset(numbers, 0, sizeof *numbers);
    for (int n = 0; n < COUNT; n++) {
        numbers->a[n] = ((float)pick(&state, 0, 20000) - 10000) / 1000;
        numbers->b[n] = ((float)pick(&state, 0, 20000) - 10000) / 777;
        numbers->c[n] = (float)pick(&state, 1, 1000) / 99;
    }
}

static uint64_t runs(const sightline_float_kernels *kernels, numbers *x, uint64_t hash) {
    for (int function = SIGHTLINE_FLOAT_COPY; function <= SIGHTLINE_FLOAT_ROUND; function++) {
        const float *input = function == SIGHTLINE_FLOAT_SQUARE_ROOT ? x->c : x->a;
        kernels->apply((sightline_float_function)function, 0.3f, 0.6f, input, x->output, COUNT);
        hash = digest(hash, x->output, COUNT * 4);
    }
    for (int function = SIGHTLINE_FLOAT_ADD; function <= SIGHTLINE_FLOAT_PRELU; function++) {
        kernels->combine((sightline_float_combination)function, x->a, x->c, x->output, COUNT);
        hash = digest(hash, x->output, COUNT * 4);
    }
    kernels->multiply_add(x->a, x->b, x->c, x->output, COUNT);
    hash = digest(hash, x->output, COUNT * 4);
    kernels->interpolate(x->a, x->b, 0.3f, x->output, COUNT);
    hash = digest(hash, x->output, COUNT * 4);
    const float scalars[] = {kernels->sum(x->a, COUNT), kernels->maximum(x->a, COUNT),
                             kernels->scaled_maximum(x->b, 0.7f, COUNT)};
    return digest(hash, scalars, sizeof scalars);
}

static uint64_t rows(const sightline_float_kernels *kernels, numbers *x, uint64_t hash) {
    for (size_t count = 3; count <= SIDE; count += 17) {
        kernels->softmax(x->a, SIDE, x->output, SIDE, COUNT / SIDE, count);
        hash = digest(hash, x->output, count * 4);
    }
    kernels->transpose_sigmoids(x->a, SIDE, x->output, COUNT / SIDE, COUNT / SIDE, SIDE);
    hash = digest(hash, x->output, COUNT / SIDE * SIDE * 4);
    kernels->transpose(x->a, SIDE, x->output, COUNT / SIDE, COUNT / SIDE, SIDE);
    hash = digest(hash, x->output, COUNT / SIDE * SIDE * 4);
    memcpy(x->output, x->a, sizeof x->output);
    const float total = kernels->exponentials(x->output, 0.5f, 3, SIDE);
    hash = digest(hash, &total, 4);
    uint8_t bytes[COUNT];
    kernels->quantize_rows(0.07f, 100, x->a, bytes, SIDE, COUNT / SIDE, SIDE);
    return digest(hash, bytes, COUNT / SIDE * SIDE);
}

static uint64_t product(const sightline_float_kernels *kernels, numbers *x, uint64_t hash) {
    static float panels[2 * SIDE * SIGHTLINE_FLOAT_PANEL + 64], result[7 * 80 + 64];
    const float *pointers[7];
    for (int n = 0; n < 2 * SIDE * SIGHTLINE_FLOAT_PANEL; n++) panels[n] = x->b[n % COUNT];
    for (int n = 0; n < 7; n++) pointers[n] = x->a + n * 5;
    sightline_float_product product = {
        .pointers = pointers, .pointer_pitch = 7, .segments = 1, .length = SIDE, .depth_stride = 1, .b = panels,
        .b_row_stride = SIGHTLINE_FLOAT_PANEL, .b_panel_stride = SIDE * SIGHTLINE_FLOAT_PANEL, .c = result,
        .c_row_stride = 80, .rows = 7, .columns = 80};
    kernels->product(&product);
    return digest(hash, result, 7 * 80 * 4);
}

static uint64_t windows(const sightline_float_kernels *kernels, numbers *x, uint64_t hash) {
    float scratch[COUNT + 64];
    sightline_float_window window = {
        .input = x->a, .input_row_stride = 40, .input_pixel_stride = 5, .input_height = 8, .input_width = 8,
        .output = x->output, .output_pixel_stride = 5, .output_width = 8, .channels = 5, .kernel_height = 3,
        .kernel_width = 3, .stride_width = 1, .dilation_height = 1, .dilation_width = 1, .first_row = 2,
        .first_column = -1};
    kernels->depthwise_row(&window, x->b, x->c);
    hash = digest(hash, x->output, 40 * 4);
    kernels->maximum_row(&window, scratch);
    hash = digest(hash, x->output, 40 * 4);
    kernels->average_row(&window, x->c, scratch);
    return digest(hash, x->output, 40 * 4);
}

static uint64_t pixels(const sightline_float_kernels *kernels, numbers *x, uint64_t hash) {
    uint8_t bytes[COUNT];
    for (size_t channels = 5; channels <= SIDE; channels += 16) {
        const sightline_float_pixels pixels = {
            .input = x->a, .input_stride = SIDE, .addend = x->b, .addend_stride = SIDE, .scale = x->c, .shift = x->b,
            .slope = x->c + 1, .reals = x->output, .reals_stride = SIDE, .factors = x->c + 2, .zero_points = x->c,
            .bytes = bytes, .bytes_stride = SIDE, .pixels = COUNT / SIDE, .channels = channels};
        memset(bytes, 0, sizeof bytes);
        kernels->finish_pixels(&pixels);
        hash = digest(digest(hash, bytes, sizeof bytes), x->output, COUNT * 4);
    }
    return hash;
}

uint64_t float_digest(const sightline_float_kernels *kernels) {
    numbers x;
    make(&x);
    uint64_t hash = runs(kernels, &x, digest_start);
    hash = rows(kernels, &x, hash);
    hash = product(kernels, &x, hash);
    hash = pixels(kernels, &x, hash);
    return windows(kernels, &x, hash);
}
