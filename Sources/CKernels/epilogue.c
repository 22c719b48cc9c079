#include "epilogue.h"

#include "numerics.h"

static inline float scaled(const sightline_epilogue *epilogue, uint32_t channel, int32_t sum) {
    return fmaf((float)sum, epilogue->scale[channel], epilogue->bias[channel]);
}

static void requantize(const sightline_epilogue *epilogue, uint32_t channel, uint32_t count, const int32_t *sums,
                       uint8_t *output) {
    const float lower = epilogue->lower, upper = epilogue->upper;
    for (uint32_t n = 0; n < count; n++) {
        output[channel + n] = sightline_rounded_byte(scaled(epilogue, channel + n, sums[n]), lower, upper);
    }
}

/// Left shifts and sums are done unsigned, where C defines them to wrap.
static uint8_t curve_value(const sightline_curve *curve, int16_t argument) {
    const uint16_t bits = (uint16_t)argument;
    const uint32_t segment = bits >> 10;
    const int16_t fraction = (int16_t)(uint16_t)((uint32_t)bits << 6 ^ 0x8000u);
    const int32_t product = (int32_t)curve->slope[segment] * fraction;
    const int32_t rise = (product + 0x4000) >> 15;
    const uint16_t value = (uint16_t)((uint32_t)(uint16_t)curve->centre[segment] + (uint32_t)rise);
    return (uint8_t)(value >> 8);
}

static void follow_curve(const sightline_epilogue *epilogue, uint32_t channel, uint32_t count, const int32_t *sums,
                         uint8_t *output) {
    for (uint32_t n = 0; n < count; n++) {
        const float limited = sightline_limited(scaled(epilogue, channel + n, sums[n]), INT16_MIN, INT16_MAX);
        output[channel + n] = curve_value(epilogue->curve, (int16_t)sightline_rounded(limited));
    }
}

static void bend(const sightline_epilogue *epilogue, uint32_t channel, uint32_t count, const int32_t *sums,
                 uint8_t *output) {
    const float lower = epilogue->lower, upper = epilogue->upper, zero_point = epilogue->zero_point;
    for (uint32_t n = 0; n < count; n++) {
        float value = scaled(epilogue, channel + n, sums[n]);
        float bent = value * epilogue->negative_slope[channel + n];
        value = value < 0 ? bent : value;
        output[channel + n] = sightline_rounded_byte(value + zero_point, lower, upper);
    }
}

void sightline_apply_epilogue(const sightline_epilogue *epilogue, uint32_t channel, uint32_t count, const int32_t *sums,
                              void *output) {
    switch (epilogue->kind) {
    case SIGHTLINE_OUTPUT_REQUANTIZED:
        requantize(epilogue, channel, count, sums, output);
        break;
    case SIGHTLINE_OUTPUT_CURVE:
        follow_curve(epilogue, channel, count, sums, output);
        break;
    case SIGHTLINE_OUTPUT_PRELU:
        bend(epilogue, channel, count, sums, output);
        break;
    case SIGHTLINE_OUTPUT_FLOAT:
        for (uint32_t n = 0; n < count; n++) {
            ((float *)output)[channel + n] = scaled(epilogue, channel + n, sums[n]);
        }
        break;
    }
}
