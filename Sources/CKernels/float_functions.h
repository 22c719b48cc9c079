// Functions of sixteen numbers at once, within a few units in the last place. A part of float_kernels.h.
#pragma once

#include "float_lanes.h"

/// e^x: 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2] (coefficients of Cephes' expf); within 2 units in the last place
/// between e^-87.3 and e^88.3, where it stops falling and growing. NaN stays.
ALWAYS lanes exponential(lanes x) {
    lanes limited = larger(smaller(x, splat(88.37f)), splat(-87.33f));
    lanes n = __builtin_elementwise_roundeven(limited * splat(1.44269504088896341f));
    lanes r = fused(n, splat(-0.693359375f), limited);
    r = fused(n, splat(2.12194440e-4f), r);
    lanes p = splat(1.9875691500e-4f);
    p = fused(p, r, splat(1.3981999507e-3f));
    p = fused(p, r, splat(8.3334519073e-3f));
    p = fused(p, r, splat(4.1665795894e-2f));
    p = fused(p, r, splat(1.6666665459e-1f));
    p = fused(p, r, splat(5.0000001201e-1f));
    p = fused(p, r * r, r + splat(1.0f));
    return p * (lanes)((__builtin_convertvector(n, mask) + 127) << 23);
}

/// e^x with its limits: 0 and infinity.
ALWAYS lanes full_exponential(lanes x) {
    lanes y = select(x < splat(-87.33f), splat(0.0f), exponential(x));
    return select(x > splat(88.37f), splat(INFINITY), y);
}

ALWAYS lanes sigmoid(lanes x) { return splat(1.0f) / (splat(1.0f) + exponential(-x)); }

/// tanh x as a rational function (the coefficients that Eigen uses); within 3 units in the last place.
ALWAYS lanes hyperbolic_tangent(lanes x) {
    lanes v = larger(smaller(x, splat(7.90531110763549805f)), splat(-7.90531110763549805f));
    lanes s = v * v;
    lanes p = splat(-2.76076847742355e-16f);
    p = fused(p, s, splat(2.00018790482477e-13f));
    p = fused(p, s, splat(-8.60467152213735e-11f));
    p = fused(p, s, splat(5.12229709037114e-08f));
    p = fused(p, s, splat(1.48572235717979e-05f));
    p = fused(p, s, splat(6.37261928875436e-04f));
    p = fused(p, s, splat(4.89352455891786e-03f));
    lanes q = splat(1.19825839466702e-06f);
    q = fused(q, s, splat(1.18534705686654e-04f));
    q = fused(q, s, splat(2.26843463243900e-03f));
    q = fused(q, s, splat(4.89352518554385e-03f));
    return v * p / q;
}

#define EACH_LANE(call)                             \
    lanes y;                                        \
    for (int i = 0; i < LANES; i++) {               \
        y[i] = call;                                \
    }                                               \
    return y;

ALWAYS lanes error_function(lanes x) { EACH_LANE(erff(x[i])) }
ALWAYS lanes logarithm(lanes x) { EACH_LANE(logf(x[i])) }
ALWAYS lanes raised(lanes x, lanes p) { EACH_LANE(powf(x[i], p[i])) }
ALWAYS lanes softplus(lanes x) { EACH_LANE(x[i] > 20.0f ? x[i] : log1pf(expf(x[i]))) }
ALWAYS lanes exponential_less_one(lanes x) { EACH_LANE(expm1f(x[i])) }
