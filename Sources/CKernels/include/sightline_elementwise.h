// Kernels over runs of bytes or floats. `fma` rounds once; `rne` rounds to the nearest integer, halves to even; NaN
// becomes the lower bound of a clamp.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// out[i] = clamp(rne(fma((float)a[i], scale_a, fma((float)b[i], scale_b, bias))), 0, 255): the sum of two quantised tensors.
typedef struct {
    float scale_a, scale_b, bias;
} sightline_add_parameters;
