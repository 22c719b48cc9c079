// Which table this processor runs. Nothing is remembered between calls: the answer is a function of the processor and
// the environment, so it is the same on every thread without a lock.
#include <stdlib.h>
#include <string.h>

#include "portable.h"

typedef struct {
    const sightline_kernels *table;
    int (*runs_here)(void);
} candidate;

static int always(void) { return 1; }

#if defined(__x86_64__)
// Best first. Each needs all that the next one needs, so the runnable tables are always the end of this list.
// __builtin_cpu_supports also asks whether the operating system saves the registers.
static const candidate candidates[] = {
    {&sightline_kernels_portable, always},
};
static const char *const names[] = {"portable", NULL};
#else
// NEON tables (dot-product, i8mm) go here, best first, guarded by __aarch64__ and getauxval(AT_HWCAP).
static const candidate candidates[] = {
    {&sightline_kernels_portable, always},
};
static const char *const names[] = {"portable", NULL};
#endif

enum { CANDIDATES = sizeof candidates / sizeof candidates[0] };

static int best_index(void) {
    for (int index = 0; index < CANDIDATES; index++) {
        if (candidates[index].runs_here()) {
            return index;
        }
    }
    return CANDIDATES - 1;
}

const char *const *sightline_kernels_available(void) { return names + best_index(); }

const sightline_kernels *sightline_kernels_named(const char *name) {
    for (int index = best_index(); index < CANDIDATES; index++) {
        if (name && strcmp(names[index], name) == 0) {
            return candidates[index].table;
        }
    }
    return NULL;
}

const sightline_kernels *sightline_kernels_selected(void) {
    const char *wanted = getenv("SIGHTLINE_ISA");
    if (wanted && *wanted) {
        return sightline_kernels_named(wanted);
    }
    return candidates[best_index()].table;
}
