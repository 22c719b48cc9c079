#pragma once

#include <stdint.h>

/// Sleeps while `*word == expected`, at most `timeout_nanoseconds` (for ever when negative). Returns 0, or the error code
/// (EAGAIN when the word differs already, ETIMEDOUT, EINTR).
int sightline_futex_wait(const void *word, uint32_t expected, int64_t timeout_nanoseconds);

/// Wakes at most `count` threads that sleep on the word.
void sightline_futex_wake(const void *word, int count);
