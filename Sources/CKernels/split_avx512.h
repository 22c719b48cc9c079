// Tiles of up to eight output channels, in the form that dense.h asks for.
#pragma once

#include "avx512.h"

enum { SIGHTLINE_SPLIT_CHANNELS = 8, SIGHTLINE_SPLIT_PIXELS = 8 };

#define SIGHTLINE_DECLARE_SPLIT(KIND)                                                                    \
    void sightline_avx512_split_full_##KIND(const sightline_walk *walk, const sightline_way_out *out,    \
                                            const uint8_t *input, void *output, uint32_t tiles);         \
    void sightline_avx512_split_partial_##KIND(const sightline_walk *walk, const sightline_way_out *out, \
                                               const uint8_t *input, void *output, uint32_t tiles);
SIGHTLINE_DECLARE_SPLIT(0)
SIGHTLINE_DECLARE_SPLIT(1)
SIGHTLINE_DECLARE_SPLIT(2)
SIGHTLINE_DECLARE_SPLIT(3)

#define SIGHTLINE_DECLARE_SPLIT_SUMS(P) \
    void sightline_avx512_split_sums_##P(const sightline_walk *walk, const uint8_t *input, int32_t *sums);
SIGHTLINE_DECLARE_SPLIT_SUMS(1)
SIGHTLINE_DECLARE_SPLIT_SUMS(2)
SIGHTLINE_DECLARE_SPLIT_SUMS(3)
SIGHTLINE_DECLARE_SPLIT_SUMS(4)
SIGHTLINE_DECLARE_SPLIT_SUMS(5)
SIGHTLINE_DECLARE_SPLIT_SUMS(6)
SIGHTLINE_DECLARE_SPLIT_SUMS(7)
SIGHTLINE_DECLARE_SPLIT_SUMS(8)

/// Tiles by output kind, none for arcs: `full` with eight channels, `partial` with fewer.
#define SIGHTLINE_SPLIT_TILES(X)                                                                     \
    {sightline_avx512_split_##X##_0, sightline_avx512_split_##X##_1, sightline_avx512_split_##X##_2, \
     sightline_avx512_split_##X##_3, 0}
/// Sums by pixels - 1.
#define SIGHTLINE_SPLIT_SUMS                                                                      \
    {sightline_avx512_split_sums_1, sightline_avx512_split_sums_2, sightline_avx512_split_sums_3, \
     sightline_avx512_split_sums_4, sightline_avx512_split_sums_5, sightline_avx512_split_sums_6, \
     sightline_avx512_split_sums_7, sightline_avx512_split_sums_8}
