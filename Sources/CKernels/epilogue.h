// The scalar form of every epilogue: the portable kernels' only one, and the others' for odd ends.
#pragma once

#include "sightline_convolution.h"

/// Turns `count` sums of one pixel into outputs. `channel` is the first sum's output channel; `output` points at the
/// pixel's channel 0, as uint8_t or float according to the epilogue's kind.
void sightline_apply_epilogue(const sightline_epilogue *epilogue, uint32_t channel, uint32_t count, const int32_t *sums,
                              void *output);

/// The same, from values that have been scaled already.
void sightline_finish_values(const sightline_epilogue *epilogue, uint32_t channel, uint32_t count, const float *values,
                             void *output);
