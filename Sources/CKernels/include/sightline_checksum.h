#pragma once

#include <stddef.h>
#include <stdint.h>

/// CRC-32 of ISO 3309 (polynomial 0x04C11DB7, reflected): the checksum of zlib, PNG and MCAP.
///
/// - checksum: that of the bytes before these, 0 at the start.
/// Takes a fraction of a cycle per byte where the processor multiplies without carries, else several cycles. No state.
uint32_t sightline_crc32(uint32_t checksum, const void *bytes, size_t length);

/// As sightline_crc32, with plain integer instructions only.
uint32_t sightline_crc32_portable(uint32_t checksum, const void *bytes, size_t length);
