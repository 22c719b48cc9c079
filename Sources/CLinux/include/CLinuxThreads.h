#pragma once

/// Names the calling thread; at most 15 bytes are kept.
void sightline_thread_set_name(const char *name);

/// Keeps the calling thread on one processor. Returns 0 or an error code.
int sightline_thread_pin(int processor);
