// The single-precision kernels' table. These headers hold the kernels' bodies and are compiled once per instruction set by
// float_*.c, which define SIGHTLINE_FLOAT_TABLE and the target. Vectors always have sixteen lanes; the compiler splits them
// where the machine's are shorter, so every instruction set computes the same.
#include "float_attention.h"
#include "float_bytes.h"
#include "float_elementwise.h"
#include "float_pixels.h"
#include "float_products.h"
#include "float_reductions.h"
#include "float_windows.h"

const sightline_float_kernels SIGHTLINE_FLOAT_TABLE = {
    .apply = apply,
    .combine = combine,
    .multiply_add = multiply_add,
    .softmax = softmax,
    .expectation = expectation,
    .transpose = transpose,
    .transpose_sigmoids = transpose_sigmoids,
    .depthwise_row = depthwise_row,
    .maximum_row = maximum_row,
    .average_row = average_row,
    .interpolate = interpolate,
    .product = product,
    .scaled_maximum = scaled_maximum,
    .exponentials = exponentials,
    .byte_exponentials = byte_exponentials,
    .quantize_columns = quantize_columns,
    .quantize_rows = quantize_rows,
    .quantize_pixels = quantize_pixels,
    .finish_pixels = finish_pixels,
    .copy_pixels = copy_pixels,
    .sum = sum,
    .maximum = maximum,
};
