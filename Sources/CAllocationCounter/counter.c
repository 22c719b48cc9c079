#include "CAllocationCounter.h"

#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SIGHTLINE_NO_COUNTER 1
#endif
#endif

// initial-exec: reading the variable must not itself allocate, as the dynamic model does on first use.
static _Thread_local uint64_t thread_count __attribute__((tls_model("initial-exec")));
static _Thread_local int is_counting __attribute__((tls_model("initial-exec")));
static _Thread_local int is_watched __attribute__((tls_model("initial-exec")));
static uint64_t total_count;
static uint64_t watched_count;

void sightline_allocations_begin(void) {
    thread_count = 0;
    is_counting = 1;
}

uint64_t sightline_allocations_end(void) {
    is_counting = 0;
    return thread_count;
}

uint64_t sightline_allocations_total(void) {
    return __atomic_load_n(&total_count, __ATOMIC_RELAXED);
}

void sightline_allocations_watch_thread(void) {
    is_watched = 1;
}

uint64_t sightline_allocations_watched(void) {
    return __atomic_load_n(&watched_count, __ATOMIC_RELAXED);
}

#ifdef SIGHTLINE_NO_COUNTER

int sightline_allocations_available(void) {
    return 0;
}

#else

int sightline_allocations_available(void) {
    return 1;
}

// The C library's own names for its allocator.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static void note(void) {
    __atomic_fetch_add(&total_count, 1, __ATOMIC_RELAXED);
    if (is_counting) thread_count++;
    if (is_watched) __atomic_fetch_add(&watched_count, 1, __ATOMIC_RELAXED);
}

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    note();
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    note();
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    note();
    void *aligned = __libc_memalign(alignment, size);
    if (aligned == NULL) return ENOMEM;
    *memory = aligned;
    return 0;
}

#endif

// Read anew for every call: the compiler cannot know that they are the allocator's functions.
static void *(*volatile any_malloc)(size_t) = malloc;
static void *(*volatile any_calloc)(size_t, size_t) = calloc;
static void *(*volatile any_realloc)(void *, size_t) = realloc;
static void *(*volatile any_memalign)(size_t, size_t) = memalign;
static void *(*volatile any_aligned_alloc)(size_t, size_t) = aligned_alloc;
static int (*volatile any_posix_memalign)(void **, size_t, size_t) = posix_memalign;
static void (*volatile any_free)(void *) = free;

int sightline_allocations_probe(int function, size_t size) {
    void *memory = NULL;
    switch (function) {
    case 0: memory = any_malloc(size); break;
    case 1: memory = any_calloc(1, size); break;
    case 2: memory = any_realloc(NULL, size); break;
    case 3: memory = any_memalign(64, size); break;
    case 4: memory = any_aligned_alloc(64, size); break;
    case 5: any_posix_memalign(&memory, 64, size); break;
    default: break;
    }
    int served = memory != NULL;
    any_free(memory);
    return served;
}
