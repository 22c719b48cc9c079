#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "CLinux.h"

int sightline_memory_detach(void *address, size_t length) {
    void *copy = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED) return errno;
    memcpy(copy, address, length);
    // The kernel exchanges the mapping under its lock: a reader on another thread sees the same bytes before and after.
    if (mremap(copy, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, address) == MAP_FAILED) {
        int code = errno;
        munmap(copy, length);
        return code;
    }
    return 0;
}
