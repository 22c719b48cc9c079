#pragma once

/// Keeps the memory of this process from being paged out, what is mapped later included where the limits allow it.
/// Returns 0 or an error code.
int sightline_lock_memory(void);

/// The number of the `index`-th processor that this process may run on, or -1.
int sightline_processor_at(int index);

/// Sends one datagram to a Unix socket, without waiting; a path that begins with '@' names an abstract socket. Returns 0 or an
/// error code.
int sightline_send_datagram(const char *path, const char *text);
