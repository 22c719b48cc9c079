#pragma once

#include <stdint.h>

/// Sets blocks aside for bytes of a file, also behind its end, without changing its length (fallocate(2) with
/// FALLOC_FL_KEEP_SIZE). 0, or -errno: -EOPNOTSUPP where the file system cannot.
int sightline_reserve_blocks(int descriptor, int64_t offset, int64_t length);
