#pragma once

#include <stddef.h>

/// Puts a private copy of mapped memory in the mapping's place, at the same address, so that the file behind it is let go
/// while others still read the bytes. The mapping
/// began at `address`. Returns 0 or an error code.
int sightline_memory_detach(void *address, size_t length);
