#pragma once

#include <stddef.h>
#include <stdint.h>

/// Width and height of the patches of sightline_patch_differences, pixels.
enum { SIGHTLINE_PATCH_WIDTH = 16, SIGHTLINE_PATCH_HEIGHT = 10 };

/// Sums of absolute differences between a patch and every place of an area, row by row: `columns` times `rows` places, the
/// first of which is `area`. Patch and area have the same distance from a row to the next, in bytes.
void sightline_patch_differences(
    const uint8_t *patch, const uint8_t *area, ptrdiff_t stride, int columns, int rows, int32_t *differences);
