// Share of the processor's peak that each instruction set's kernels reach on real layers' shapes.
//
//     cc -O2 -ISources/CKernels/include Benchmarks/kernels/kernels.c Sources/CKernels/*.c -lm -o kernels
//     taskset -c 1 ./kernels [instruction set] [part of a layer's name]
//
// The peak is measured with independent multiply-add instructions between the layers. A layer runs in calls of eight
// rows, as the engine does it; each figure is the sum of the calls' minima over many repeats. Every result is compared
// with the portable kernels' before it is timed.
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CKernels.h"

typedef enum { DENSE, DEPTHWISE, POOL, BLEND } layer_kind;

typedef struct {
    const char *name;
    layer_kind kind;
    uint32_t width;  ///< Of the output; the height is the same.
    uint32_t input_channels, output_channels, kernel, stride, dilation;
    uint32_t wider_by;  ///< Channels of the buffer that the input is a slice of, beyond its own.
} layer;

static const layer layers[] = {
    {"1x1 160 32->32", DENSE, 160, 32, 32, 1, 1, 1, 0},
    {"1x1 160 48->64", DENSE, 160, 48, 64, 1, 1, 1, 0},
    {"1x1 80 64->64", DENSE, 80, 64, 64, 1, 1, 1, 0},
    {"1x1 80 80->80", DENSE, 80, 80, 80, 1, 1, 1, 0},
    {"1x1 80 96->128", DENSE, 80, 96, 128, 1, 1, 1, 0},
    {"1x1 80 96->96", DENSE, 80, 96, 96, 1, 1, 1, 0},
    {"1x1 80 256->64", DENSE, 80, 256, 64, 1, 1, 1, 0},
    {"1x1 40 64->32", DENSE, 40, 64, 32, 1, 1, 1, 0},
    {"1x1 40 128->128", DENSE, 40, 128, 128, 1, 1, 1, 0},
    {"1x1 20 64->64", DENSE, 20, 64, 64, 1, 1, 1, 0},
    {"1x1 20 256->256", DENSE, 20, 256, 256, 1, 1, 1, 0},
    {"1x1 20 384->256", DENSE, 20, 384, 256, 1, 1, 1, 0},
    {"1x1 13 256->255", DENSE, 13, 256, 255, 1, 1, 1, 0},
    {"1x1 40 96->24", DENSE, 40, 96, 24, 1, 1, 1, 0},
    {"3x3 160 16->32 s2", DENSE, 160, 16, 32, 3, 2, 1, 0},
    {"3x3 160 16->8", DENSE, 160, 16, 8, 3, 1, 1, 0},
    {"3x3 160 16->8 slice", DENSE, 160, 16, 8, 3, 1, 1, 32},
    {"3x3 160 8->16", DENSE, 160, 8, 16, 3, 1, 1, 0},
    {"3x3 160 16->16", DENSE, 160, 16, 16, 3, 1, 1, 0},
    {"3x3 80 64->64 s2", DENSE, 80, 64, 64, 3, 2, 1, 0},
    {"3x3 80 16->32", DENSE, 80, 16, 32, 3, 1, 1, 0},
    {"3x3 80 32->16", DENSE, 80, 32, 16, 3, 1, 1, 0},
    {"3x3 80 64->64", DENSE, 80, 64, 64, 3, 1, 1, 0},
    {"3x3 40 32->32", DENSE, 40, 32, 32, 3, 1, 1, 0},
    {"3x3 40 64->64 slice", DENSE, 40, 64, 64, 3, 1, 1, 64},
    {"3x3 40 128->128 s2", DENSE, 40, 128, 128, 3, 2, 1, 0},
    {"3x3 20 128->128", DENSE, 20, 128, 128, 3, 1, 1, 0},
    {"3x3 20 256->64", DENSE, 20, 256, 64, 3, 1, 1, 0},
    {"3x3 160 12->12", DENSE, 160, 12, 12, 3, 1, 1, 0},
    {"3x3 160 12->12 slice", DENSE, 160, 12, 12, 3, 1, 1, 52},
    {"3x3 160 19->19", DENSE, 160, 19, 19, 3, 1, 1, 0},
    {"3x3 80 25->28", DENSE, 80, 25, 28, 3, 1, 1, 0},
    {"3x3 80 131->131", DENSE, 80, 131, 131, 3, 1, 1, 0},
    {"1x1 160 64->12", DENSE, 160, 64, 12, 1, 1, 1, 0},
    {"3x3 80 12->12 d4", DENSE, 80, 12, 12, 3, 1, 4, 0},
    {"first 320 3->16 s2", DENSE, 320, 3, 16, 3, 2, 1, 0},
    {"first 320 3(4)->16 s2", DENSE, 320, 3, 16, 3, 2, 1, 1},
    {"first 320 3->32 6x6 s2", DENSE, 320, 3, 32, 6, 2, 1, 0},
    {"depthwise 80 64 3x3", DEPTHWISE, 80, 64, 64, 3, 1, 1, 0},
    {"depthwise 40 128 3x3", DEPTHWISE, 40, 128, 128, 3, 1, 1, 0},
    {"depthwise 80 80 3x3", DEPTHWISE, 80, 80, 80, 3, 1, 1, 0},
    {"depthwise 80 32 3x3", DEPTHWISE, 80, 32, 32, 3, 1, 1, 0},
    {"depthwise 80 16 3x3", DEPTHWISE, 80, 16, 16, 3, 1, 1, 0},
    {"depthwise 40 128 3x3 s2", DEPTHWISE, 40, 128, 128, 3, 2, 1, 0},
    {"depthwise 40 128 5x5", DEPTHWISE, 40, 128, 128, 5, 1, 1, 0},
    {"depthwise 40 64 3x3 d4", DEPTHWISE, 40, 64, 64, 3, 1, 4, 0},
    {"maximum 20 128 5x5", POOL, 20, 128, 128, 5, 1, 1, 0},
    {"maximum 80 64 2x2 s2", POOL, 80, 64, 64, 2, 2, 1, 0},
    {"blend 160 64 and 64", BLEND, 160, 64, 64, 1, 1, 1, 0},
    {"blend 80 25 and 25", BLEND, 80, 25, 25, 1, 1, 1, 0},
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void *bytes(size_t count) {
    uint8_t *memory = aligned_alloc(4096, (count + 8191) / 4096 * 4096);
    static uint32_t state = 12345;
    for (size_t n = 0; n < count; n++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        memory[n] = (uint8_t)(state >> 11);
    }
    return memory;
}

#if defined(__x86_64__)
// Twelve independent sums hide the latency of any of these.
#define TWELVE(instruction)                                                                               \
    instruction "0\n" instruction "1\n" instruction "2\n" instruction "3\n" instruction "4\n" instruction \
                "5\n" instruction "6\n" instruction "7\n" instruction "8\n" instruction "9\n" instruction \
                "10\n" instruction "11\n"
#define PEAK(name, target_names, instruction, products)                                                            \
    __attribute__((target(target_names), noinline)) static double name(void) {                                     \
        const int rounds = 20000;                                                                                  \
        const double start = now();                                                                                \
        for (int n = 0; n < rounds; n++) {                                                                         \
            __asm__ volatile(TWELVE(instruction)::                                                                 \
                                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", \
                                   "xmm10", "xmm11");                                                              \
        }                                                                                                          \
        return rounds * 12.0 * products / (now() - start) * 1e-9;                                                  \
    }
PEAK(peak_avx512, "avx512f,avx512vnni", "vpdpbusd %%zmm14, %%zmm15, %%zmm", 64)
PEAK(peak_avxvnni_evex, "avx512vl,avx512vnni", "vpdpbusd %%ymm14, %%ymm15, %%ymm", 32)
PEAK(peak_avx2, "avx2", "vpmaddwd %%ymm14, %%ymm15, %%ymm", 16)

/// GMAC/s that the instruction set's multiplier can do; of AVX2's, which needs an addition too, the multiplier alone.
static double peak(const char *name) {
    double best = 0;
    for (int n = 0; n < 20; n++) {
        double value = 0;
        if (strcmp(name, "avx512vnni") == 0) {
            value = peak_avx512();
        } else if (strcmp(name, "avxvnni") == 0 && __builtin_cpu_supports("avx512vnni")) {
            value = peak_avxvnni_evex();
        } else if (strcmp(name, "avx2") == 0) {
            value = peak_avx2();
        }
        best = value > best ? value : best;
    }
    return best;
}
#else
static double peak(const char *name) { return (void)name, 0; }
#endif

enum { CHANNELS = 1024, ROWS_PER_CALL = 8 };
static float scale[CHANNELS], bias[CHANNELS], slope[CHANNELS];
static sightline_curve curve;
static sightline_arcs arcs;

/// A tensor and itself.
static void run_blend(const sightline_kernels *table, const sightline_convolution_shape *shape,
                      const sightline_epilogue *epilogue, const sightline_convolution_region *part) {
    const sightline_blend_region region = {part->input,  part->input_row_stride,  part->input_pixel_stride,
                                           part->input,  part->input_row_stride,  part->input_pixel_stride,
                                           part->output, part->output_row_stride, part->output_pixel_stride,
                                           part->rows,   part->columns,           shape->output_channels};
    table->blend(epilogue, slope, &region);
}

/// One call of a kernel: eight rows, or what is left.
static void run_rows(const sightline_kernels *table, const layer *layer, const sightline_convolution_shape *shape,
                     const void *packed, const sightline_epilogue *epilogue, const sightline_convolution_region *whole,
                     uint32_t row) {
    sightline_convolution_region part = *whole;
    part.input += (ptrdiff_t)row * shape->stride_height * whole->input_row_stride;
    part.output = (char *)part.output + (ptrdiff_t)row * whole->output_row_stride;
    part.rows = layer->width - row < ROWS_PER_CALL ? layer->width - row : ROWS_PER_CALL;
    switch (layer->kind) {
    case DENSE:
        table->convolution(shape, packed, epilogue, &part);
        break;
    case DEPTHWISE:
        table->depthwise(shape, packed, epilogue, &part);
        break;
    case POOL:
        table->maximum_pool(shape, &part);
        break;
    case BLEND:
        run_blend(table, shape, epilogue, &part);
        break;
    }
}

static void run(const sightline_kernels *table, const layer *layer, const sightline_convolution_shape *shape,
                const void *packed, const sightline_epilogue *epilogue, const sightline_convolution_region *whole) {
    for (uint32_t row = 0; row < layer->width; row += ROWS_PER_CALL) {
        run_rows(table, layer, shape, packed, epilogue, whole, row);
    }
}

static void *packed_weights(const sightline_kernels *table, const layer *layer,
                            const sightline_convolution_shape *shape, const int8_t *weights) {
    void *packed;
    if (layer->kind == DENSE) {
        packed = bytes(table->convolution_packed_bytes(shape));
        table->convolution_pack(shape, weights, packed);
    } else {
        packed = bytes(table->depthwise_packed_bytes(shape));
        table->depthwise_pack(shape, weights, packed);
    }
    return packed;
}

/// Each call's minimum, summed: a machine that others use rarely leaves a whole layer undisturbed.
static double fastest(const sightline_kernels *table, const layer *layer, const sightline_convolution_shape *shape,
                      const void *packed, const sightline_epilogue *epilogue,
                      const sightline_convolution_region *region) {
    enum { MOST_CALLS = 64 };
    double best[MOST_CALLS];
    for (int call = 0; call < MOST_CALLS; call++) {
        best[call] = 1e9;
    }
    const double begin = now();
    for (int n = 0; n < 400 && (n < 12 || now() - begin < 0.06); n++) {
        double start = now();
        for (uint32_t row = 0, call = 0; row < layer->width; row += ROWS_PER_CALL, call++) {
            run_rows(table, layer, shape, packed, epilogue, region, row);
            const double end = now();
            best[call] = end - start < best[call] ? end - start : best[call];
            start = end;
        }
    }
    double sum = 0;
    for (uint32_t row = 0, call = 0; row < layer->width; row += ROWS_PER_CALL, call++) {
        sum += best[call];
    }
    return sum;
}

static void measure(const sightline_kernels *table, const layer *layer) {
    const uint32_t k = layer->kernel, d = layer->dilation,
                   input_width = (layer->width - 1) * layer->stride + (k - 1) * d + 1;
    const sightline_convolution_shape shape = {layer->input_channels, layer->output_channels, k, k,
                                               layer->stride,         layer->stride,          d, d};
    const ptrdiff_t pixel = layer->input_channels + layer->wider_by;
    const size_t input_bytes = (size_t)input_width * input_width * (size_t)pixel;
    const size_t output_bytes = (size_t)layer->width * layer->width * layer->output_channels * 4;
    const size_t depth = layer->kind == DENSE ? (size_t)k * k * layer->input_channels : (size_t)k * k;
    uint8_t *input = bytes(input_bytes + 64), *output = bytes(output_bytes), *expected = bytes(output_bytes);
    int8_t *weights = bytes(depth * layer->output_channels);
    const sightline_kernels *portable = sightline_kernels_named("portable");
    void *packed = packed_weights(table, layer, &shape, weights);
    void *portable_packed = packed_weights(portable, layer, &shape, weights);
    const double products = (double)layer->width * layer->width * (double)depth * layer->output_channels;
    printf("%-24s", layer->name);
    for (int kind = 0; kind < (layer->kind == POOL ? 1 : SIGHTLINE_OUTPUT_KINDS); kind++) {
        const int element = kind == SIGHTLINE_OUTPUT_FLOAT ? 4 : 1;
        const sightline_epilogue epilogue = {(sightline_output_kind)kind, scale, bias, slope, &curve, 3, 0, 255, &arcs,
                                             slope, bias};
        sightline_convolution_region region = {input,
                                               (ptrdiff_t)input_width * pixel,
                                               pixel,
                                               output,
                                               (ptrdiff_t)layer->width * layer->output_channels * element,
                                               (ptrdiff_t)layer->output_channels * element,
                                               layer->width,
                                               layer->width};
        memset(output, 0, output_bytes);
        memset(expected, 0, output_bytes);
        run(table, layer, &shape, packed, &epilogue, &region);
        region.output = expected;
        run(portable, layer, &shape, portable_packed, &epilogue, &region);
        const char *verdict = memcmp(output, expected, output_bytes) == 0 ? "" : "WRONG";
        region.output = output;
        const double time = fastest(table, layer, &shape, packed, &epilogue, &region);
        const double top = peak(table->name);
        printf(" | %8.4f %5.0f %5.1f%s", time * 1e3, products / time * 1e-9,
               top > 0 ? 100 * products / time * 1e-9 / top : 0, verdict);
    }
    printf("\n");
    fflush(stdout);
    free(input), free(output), free(expected), free(weights), free(packed), free(portable_packed);
}

int main(int count, char **arguments) {
    const sightline_kernels *table = count > 1 ? sightline_kernels_named(arguments[1]) : sightline_kernels_selected();
    if (!table) {
        fprintf(stderr, "this processor cannot run the instruction set that was asked for\n");
        return 2;
    }
    for (int channel = 0; channel < CHANNELS; channel++) {
        scale[channel] = 1e-3f * (float)(1 + channel % 7);
        bias[channel] = (float)(channel % 50) + 60;
        slope[channel] = 0.1f;
    }
    for (int segment = 0; segment < SIGHTLINE_CURVE_SEGMENTS; segment++) {
        curve.centre[segment] = (int16_t)(segment * 512);
        curve.slope[segment] = (int16_t)(segment * 7);
    }
    for (int arc = 0; arc < SIGHTLINE_ARCS; arc++) {
        arcs.square[arc] = 0.01f * (float)(arc % 5);
        arcs.linear[arc] = 0.1f * (float)arc;
    }
    printf("%s, peak %.0f GMAC/s; ms, GMAC/s, %% of peak\n%-24s | requantized            | curve                  | "
           "prelu                  | float                  | arcs\n",
           table->name, peak(table->name), "");
    for (size_t n = 0; n < sizeof layers / sizeof layers[0]; n++) {
        if (count < 3 || strstr(layers[n].name, arguments[2])) {
            measure(table, layers + n);
        }
    }
    return 0;
}
