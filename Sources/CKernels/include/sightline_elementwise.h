// Kernels over runs of bytes or floats. `rne` rounds to the nearest integer, halves to even.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// out[i] = clamp(rne(fma((float)a[i], scale_a, fma((float)b[i], scale_b, bias))), 0, 255): the sum of two quantised tensors.
typedef struct {
    float scale_a, scale_b, bias;
} sightline_add_parameters;
