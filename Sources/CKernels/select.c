// Which table this processor runs. Nothing is remembered between calls: the answer is a function of the processor and
// the environment, so it is the same on every thread without a lock.
#include <stdlib.h>
#include <string.h>

#include "portable.h"

#if defined(__x86_64__)
#include "avx2.h"
#include "avx512.h"
#elif defined(__aarch64__)
#include <sys/auxv.h>

#include "kernels_neon.h"
#endif

typedef struct {
    const sightline_kernels *table;
    int (*runs_here)(void);
    const char *encoding;  ///< A second name, for one of several tables that share the first.
} candidate;

static int always(void) { return 1; }

#if defined(__x86_64__)
// __builtin_cpu_supports also asks whether the operating system saves the registers.
static int runs_avx512vnni(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static int runs_avxvnni(void) {
    return __builtin_cpu_supports("avxvnni") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static int runs_avxvnni_evex(void) {
    return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni") &&
           __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static int runs_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

// Best first. One name may stand for several tables: the first that runs is taken.
static const candidate candidates[] = {
    {&sightline_kernels_avx512vnni, runs_avx512vnni, NULL},
    {&sightline_kernels_avxvnni, runs_avxvnni, "avxvnni-vex"},
    {&sightline_kernels_avxvnni_evex, runs_avxvnni_evex, "avxvnni-evex"},
    {&sightline_kernels_avx2, runs_avx2, NULL},
    {&sightline_kernels_portable, always, NULL},
};
// A processor that runs one of these runs all that follow.
static const char *const names[] = {"avx512vnni", "avxvnni", "avx2", "portable", NULL};
#elif defined(__aarch64__)
// The kernel's names for these bits, which old headers lack, are HWCAP_ASIMDDP and HWCAP2_I8MM.
static int runs_dotprod(void) { return (getauxval(AT_HWCAP) & (1ul << 20)) != 0; }
static int runs_i8mm(void) { return runs_dotprod() && (getauxval(AT_HWCAP2) & (1ul << 13)) != 0; }

static const candidate candidates[] = {
    {&sightline_kernels_neon_i8mm, runs_i8mm, NULL},
    {&sightline_kernels_neon_dotprod, runs_dotprod, NULL},
    {&sightline_kernels_portable, always, NULL},
};
static const char *const names[] = {"neon-i8mm", "neon-dotprod", "portable", NULL};
#else
static const candidate candidates[] = {
    {&sightline_kernels_portable, always, NULL},
};
static const char *const names[] = {"portable", NULL};
#endif

enum { CANDIDATES = sizeof candidates / sizeof candidates[0] };

static const sightline_kernels *find(const char *name) {
    for (size_t index = 0; index < CANDIDATES; index++) {
        const candidate *one = candidates + index;
        const int named = strcmp(one->table->name, name) == 0 || (one->encoding && strcmp(one->encoding, name) == 0);
        if (named && one->runs_here()) {
            return one->table;
        }
    }
    return NULL;
}

const char *const *sightline_kernels_available(void) {
    const char *const *name = names;
    while (!find(*name)) {  // Portable kernels always run.
        name++;
    }
    return name;
}

const sightline_kernels *sightline_kernels_named(const char *name) { return name ? find(name) : NULL; }

const sightline_kernels *sightline_kernels_selected(void) {
    const char *wanted = getenv("SIGHTLINE_ISA");
    if (wanted && *wanted) {
        return sightline_kernels_named(wanted);
    }
    return find(*sightline_kernels_available());
}
