#if defined(__x86_64__)
#define SIGHTLINE_YMM __attribute__((target("avx2,fma")))
#include "avx2.h"
#include "ymm.h"

/// Up to 32 channels of one pixel, from channel `first` on.
SIGHTLINE_YMM_INLINE void finish_channels(const sightline_output_kind kind, const sightline_epilogue *epilogue,
                                          const ymm_finisher *f, uint32_t first, uint32_t count, const int32_t *sums,
                                          void *output) {
    __m256 values[4];
    for (uint32_t n = 0; n < 4; n++) {
        const uint32_t channel = first + (8 * n < count ? 8 * n : 0);
        values[n] = scaled_sums(_mm256_loadu_si256((const __m256i *)(sums + 8 * n)),
                                _mm256_loadu_ps(epilogue->scale + channel), _mm256_loadu_ps(epilogue->bias + channel));
    }
    finish_values(kind, 1, epilogue, f, first, count, values, output);
}

SIGHTLINE_YMM_INLINE void finish(const sightline_output_kind kind, const sightline_way_out *out, uint32_t pixels,
                                 const int32_t *sums, size_t pixel_sums, void *output) {
    const ymm_finisher f = prepared(out);
    for (uint32_t pixel = 0; pixel < pixels; pixel++) {
        for (uint32_t done = 0; done < out->channels; done += 32) {
            const uint32_t left = out->channels - done;
            finish_channels(kind, out->epilogue, &f, out->first_channel + done, left < 32 ? left : 32, sums + done,
                            output);
        }
        sums += pixel_sums;
        output = (char *)output + out->output_pixel_stride;
    }
}

SIGHTLINE_YMM void sightline_avx2_finish(const sightline_way_out *out, uint32_t pixels, const int32_t *sums,
                                         size_t pixel_sums, void *output) {
    switch (out->epilogue->kind) {
    case SIGHTLINE_OUTPUT_REQUANTIZED:
        finish(SIGHTLINE_OUTPUT_REQUANTIZED, out, pixels, sums, pixel_sums, output);
        break;
    case SIGHTLINE_OUTPUT_CURVE:
        finish(SIGHTLINE_OUTPUT_CURVE, out, pixels, sums, pixel_sums, output);
        break;
    case SIGHTLINE_OUTPUT_PRELU:
        finish(SIGHTLINE_OUTPUT_PRELU, out, pixels, sums, pixel_sums, output);
        break;
    case SIGHTLINE_OUTPUT_FLOAT:
        finish(SIGHTLINE_OUTPUT_FLOAT, out, pixels, sums, pixel_sums, output);
        break;
    case SIGHTLINE_OUTPUT_ARCS:
        finish(SIGHTLINE_OUTPUT_ARCS, out, pixels, sums, pixel_sums, output);
        break;
    }
}

#else
typedef int sightline_not_this_processor;
#endif
