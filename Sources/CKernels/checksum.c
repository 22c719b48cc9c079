// CRC-32 in two ways: a table of sixteen entries, four bits at a time, and carry-less multiplication.
#include "include/sightline_checksum.h"

// Remainders of the sixteen values of four bits; reflected polynomial 0xEDB88320.
static const uint32_t nibbles[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

static uint32_t update(uint32_t state, const uint8_t *bytes, size_t length) {
    for (size_t index = 0; index < length; index++) {
        state ^= bytes[index];
        state = state >> 4 ^ nibbles[state & 15];
        state = state >> 4 ^ nibbles[state & 15];
    }
    return state;
}

uint32_t sightline_crc32_portable(uint32_t checksum, const void *bytes, size_t length) {
    return ~update(~checksum, bytes, length);
}

#if defined(__x86_64__)
#include <immintrin.h>

#define CARRYLESS __attribute__((target("pclmul,sse4.1")))

/// Moves a remainder of 128 bits on by the distance that the constants stand for, and adds the bits that lie there.
CARRYLESS static inline __m128i fold(__m128i remainder, __m128i constants, __m128i bits) {
    const __m128i low = _mm_clmulepi64_si128(remainder, constants, 0x00);
    const __m128i high = _mm_clmulepi64_si128(remainder, constants, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), bits);
}

/// Gopal, Ozturk, Guilford, Wolrich and others: Fast CRC Computation for Generic Polynomials Using PCLMULQDQ (Intel, 2009),
/// reflected variant. Takes at least 64 bytes, in multiples of 16.
CARRYLESS static uint32_t update_carryless(uint32_t state, const uint8_t *bytes, size_t length) {
    // x^(512+64), x^512, x^(128+64), x^128, x^96 and x^64 modulo the polynomial, reflected; then the polynomial and its
    // Barrett constant.
    const __m128i by_512 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    const __m128i by_128 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    const __m128i by_64 = _mm_set_epi64x(0, 0x0163cd6124);
    const __m128i barrett = _mm_set_epi64x(0x01f7011641, 0x01db710641);
    const __m128i *block = (const __m128i *)bytes;
    __m128i lanes[4];
    for (int lane = 0; lane < 4; lane++) lanes[lane] = _mm_loadu_si128(block + lane);
    lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128((int)state));
    block += 4;
    length -= 64;
    for (; length >= 64; block += 4, length -= 64) {
        for (int lane = 0; lane < 4; lane++) lanes[lane] = fold(lanes[lane], by_512, _mm_loadu_si128(block + lane));
    }
    __m128i rest = lanes[0];
    for (int lane = 1; lane < 4; lane++) rest = fold(rest, by_128, lanes[lane]);
    for (; length >= 16; block++, length -= 16) rest = fold(rest, by_128, _mm_loadu_si128(block));

    // 128 bits to 64, then to 32.
    const __m128i low_words = _mm_setr_epi32(~0, 0, ~0, 0);
    rest = _mm_xor_si128(_mm_srli_si128(rest, 8), _mm_clmulepi64_si128(rest, by_128, 0x10));
    rest = _mm_xor_si128(
        _mm_srli_si128(rest, 4), _mm_clmulepi64_si128(_mm_and_si128(rest, low_words), by_64, 0x00));
    __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(rest, low_words), barrett, 0x10);
    quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, low_words), barrett, 0x00);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(rest, quotient), 1);
}

uint32_t sightline_crc32(uint32_t checksum, const void *bytes, size_t length) {
    const uint8_t *start = bytes;
    uint32_t state = ~checksum;
    if (length >= 64 && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
        const size_t whole = length & ~(size_t)15;
        state = update_carryless(state, start, whole);
        start += whole;
        length -= whole;
    }
    return ~update(state, start, length);
}
#else
uint32_t sightline_crc32(uint32_t checksum, const void *bytes, size_t length) {
    return sightline_crc32_portable(checksum, bytes, length);
}
#endif
