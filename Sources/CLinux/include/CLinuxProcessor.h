#pragma once

/// Tells the processor that this thread spins, so that its sibling and its power budget are spared.
static inline void sightline_spin_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// How many processors this process may run on; at least 1.
int sightline_processor_count(void);
