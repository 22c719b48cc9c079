#define _GNU_SOURCE
#include "CKernels.h"

#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { ACCUMULATORS = 12, ROUNDS = 20000, REPEATS = 12 };

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// Each function runs ROUNDS x ACCUMULATORS independent multiply-accumulate instructions on registers alone. The empty asm
// statements keep the compiler from folding the loop; they emit nothing.
#if defined(__x86_64__)
#define KEEP(type, x) __asm__ volatile("" : "+" type(x))

__attribute__((target("avx512f,avx512vnni"))) static double run_avx512vnni(void) {
    __m512i sum[ACCUMULATORS], a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
    for (int i = 0; i < ACCUMULATORS; i++) sum[i] = _mm512_setzero_si512();
    for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 12
        for (int i = 0; i < ACCUMULATORS; i++) {
            sum[i] = _mm512_dpbusd_epi32(sum[i], a, b);
            KEEP("v", sum[i]);
        }
    }
    return 64.0;
}

__attribute__((target("avx512f,avx512vl,avx512vnni"))) static double run_avx512vl(void) {
    __m256i sum[ACCUMULATORS], a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(5);
    for (int i = 0; i < ACCUMULATORS; i++) sum[i] = _mm256_setzero_si256();
    for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 12
        for (int i = 0; i < ACCUMULATORS; i++) {
            sum[i] = _mm256_dpbusd_epi32(sum[i], a, b);
            KEEP("v", sum[i]);
        }
    }
    return 32.0;
}

__attribute__((target("avx2"))) static double run_avx2(void) {
    __m256i sum[ACCUMULATORS], a = _mm256_set1_epi16(3), b = _mm256_set1_epi16(5);
    for (int i = 0; i < ACCUMULATORS; i++) sum[i] = _mm256_setzero_si256();
    for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 12
        for (int i = 0; i < ACCUMULATORS; i++) {
            __m256i product = _mm256_madd_epi16(a, b);
            KEEP("x", product);
            sum[i] = _mm256_add_epi32(sum[i], product);
            KEEP("x", sum[i]);
        }
    }
    return 16.0;
}
#endif

#if defined(__aarch64__)
#define KEEP(x) __asm__ volatile("" : "+w"(x))

__attribute__((target("dotprod"))) static double run_dotprod(void) {
    int32x4_t sum[ACCUMULATORS];
    int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(5);
    for (int i = 0; i < ACCUMULATORS; i++) sum[i] = vdupq_n_s32(0);
    for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 12
        for (int i = 0; i < ACCUMULATORS; i++) {
            sum[i] = vdotq_s32(sum[i], a, b);
            KEEP(sum[i]);
        }
    }
    return 16.0;
}

__attribute__((target("dotprod,i8mm"))) static double run_i8mm(void) {
    int32x4_t sum[ACCUMULATORS];
    uint8x16_t a = vdupq_n_u8(3);
    int8x16_t b = vdupq_n_s8(5);
    for (int i = 0; i < ACCUMULATORS; i++) sum[i] = vdupq_n_s32(0);
    for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 12
        for (int i = 0; i < ACCUMULATORS; i++) {
            sum[i] = vusmmlaq_s32(sum[i], a, b);
            KEEP(sum[i]);
        }
    }
    return 32.0;
}
#endif

static double run_portable(void) {
    static volatile int8_t weights[64];
    int32_t sum[ACCUMULATORS] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        int8_t weight = weights[round & 63];
        for (int i = 0; i < ACCUMULATORS; i++) {
            sum[i] += (int32_t)i * weight;
            __asm__ volatile("" : "+r"(sum[i]));
        }
    }
    return 1.0;
}

double sightline_peak_multiply_accumulates_per_second(const sightline_kernels *kernels) {
    double (*run)(void) = run_portable;
#if defined(__x86_64__)
    if (strcmp(kernels->name, "avx512vnni") == 0) run = run_avx512vnni;
    if (strcmp(kernels->name, "avxvnni") == 0 && __builtin_cpu_supports("avx512vl")) run = run_avx512vl;
    if (strcmp(kernels->name, "avx2") == 0) run = run_avx2;
#elif defined(__aarch64__)
    if (strcmp(kernels->name, "neon-i8mm") == 0) run = run_i8mm;
    if (strcmp(kernels->name, "neon-dotprod") == 0) run = run_dotprod;
#else
    (void)kernels;
#endif
    double best = 0;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double start = seconds();
        double lanes = run();
        double rate = lanes * ACCUMULATORS * ROUNDS / (seconds() - start);
        if (rate > best) best = rate;
    }
    return best;
}
