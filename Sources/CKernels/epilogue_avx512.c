#if defined(__x86_64__)
#include "avx512.h"

SIGHTLINE_AVX512_INLINE void finish(const sightline_output_kind kind, const sightline_way_out *out, uint32_t pixels,
                                    const int32_t *sums, size_t pixel_sums, void *output) {
    static const byte_order unused;
    const sightline_epilogue *epilogue = out->epilogue;
    const finisher f = prepared(epilogue, kind, &unused, &unused);
    for (uint32_t pixel = 0; pixel < pixels; pixel++) {
        for (uint32_t done = 0; done < out->channels; done += 16) {
            const uint32_t channel = out->first_channel + done;
            const __mmask16 mask = lane_mask(out->channels - done);
            const __m512 values = scaled_sums(_mm512_maskz_loadu_epi32(mask, sums + done),
                                              _mm512_maskz_loadu_ps(mask, epilogue->scale + channel),
                                              _mm512_maskz_loadu_ps(mask, epilogue->bias + channel));
            finish_values(kind, epilogue, &f, channel, mask, values, output);
        }
        sums += pixel_sums;
        output = (char *)output + out->output_pixel_stride;
    }
}

SIGHTLINE_AVX512 void sightline_avx512_finish(const sightline_way_out *out, uint32_t pixels, const int32_t *sums,
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
