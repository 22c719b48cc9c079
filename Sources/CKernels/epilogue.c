#include "epilogue.h"

#include <string.h>

#include "numerics.h"

enum { STEP = 64 };

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

static void bend(const sightline_epilogue *epilogue, const float *slopes, uint32_t count, const float *values,
                 uint8_t *output) {
    const float lower = epilogue->lower, upper = epilogue->upper, zero_point = epilogue->zero_point;
    for (uint32_t n = 0; n < count; n++) {
        const float bent = values[n] * slopes[n];
        const float value = values[n] < 0 ? bent : values[n];
        output[n] = sightline_rounded_byte(value + zero_point, lower, upper);
    }
}

static float arcs_value(const sightline_arcs *arcs, float argument) {
    const float u = sightline_limited(argument, -SIGHTLINE_ARC_LIMIT, SIGHTLINE_ARC_LIMIT);
    int32_t arc = (int32_t)u;
    arc = arc < 0 ? 0 : arc;
    arc = arc < SIGHTLINE_ARCS ? arc : SIGHTLINE_ARCS - 1;
    return fmaf(fmaf(arcs->square[arc], u, arcs->linear[arc]), u, arcs->constant[arc]);
}

void sightline_finish_values(const sightline_epilogue *epilogue, uint32_t channel, uint32_t count, const float *values,
                             void *output) {
    uint8_t *bytes = (uint8_t *)output + channel;
    switch (epilogue->kind) {
    case SIGHTLINE_OUTPUT_REQUANTIZED:
        for (uint32_t n = 0; n < count; n++) {
            bytes[n] = sightline_rounded_byte(values[n], epilogue->lower, epilogue->upper);
        }
        break;
    case SIGHTLINE_OUTPUT_CURVE:
        for (uint32_t n = 0; n < count; n++) {
            const float limited = sightline_limited(values[n], INT16_MIN, INT16_MAX);
            bytes[n] = curve_value(epilogue->curve, (int16_t)sightline_rounded(limited));
        }
        break;
    case SIGHTLINE_OUTPUT_PRELU:
        bend(epilogue, epilogue->negative_slope + channel, count, values, bytes);
        break;
    case SIGHTLINE_OUTPUT_ARCS:
        for (uint32_t n = 0; n < count; n++) {
            const float value = arcs_value(epilogue->arcs, values[n]);
            bytes[n] = sightline_rounded_byte(fmaf(value, epilogue->gain[channel + n], epilogue->offset[channel + n]),
                                              epilogue->lower, epilogue->upper);
        }
        break;
    case SIGHTLINE_OUTPUT_FLOAT:
        memcpy((float *)output + channel, values, count * sizeof(float));
        break;
    }
}

void sightline_apply_epilogue(const sightline_epilogue *epilogue, uint32_t channel, uint32_t count, const int32_t *sums,
                              void *output) {
    for (uint32_t done = 0; done < count; done += STEP) {
        const uint32_t step = count - done < STEP ? count - done : STEP;
        float values[STEP];
        for (uint32_t n = 0; n < step; n++) {
            const uint32_t c = channel + done + n;
            values[n] = fmaf((float)sums[done + n], epilogue->scale[c], epilogue->bias[c]);
        }
        sightline_finish_values(epilogue, channel + done, step, values, output);
    }
}
