// Counts allocations by standing in front of the C library's allocator. Linked into a program, its definitions of malloc and
// the others take precedence in the whole process, shared libraries included. Costs an atomic addition per allocation.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Starts counting the calling thread's allocations from 0.
void sightline_allocations_begin(void);

/// Stops counting the calling thread's allocations and returns how many there were.
uint64_t sightline_allocations_end(void);

/// Allocations of all threads since the program started.
uint64_t sightline_allocations_total(void);

/// From now on the calling thread's allocations are among those of ``sightline_allocations_watched``.
void sightline_allocations_watch_thread(void);

/// Allocations of all watched threads since each of them was watched.
uint64_t sightline_allocations_watched(void);

/// 1 where the counters work; 0 under a sanitizer, which has an allocator of its own.
int sightline_allocations_available(void);

/// Allocates `size` bytes and frees them again, by a call that no compiler can leave out: malloc (0), calloc (1), realloc (2),
/// memalign (3), aligned_alloc (4), posix_memalign (5). 1 when there was memory.
int sightline_allocations_probe(int function, size_t size);
