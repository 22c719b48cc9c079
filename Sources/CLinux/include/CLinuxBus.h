// System calls of the message bus. Every function retries EINTR and returns a negative errno on failure, so that Swift
// callers never read the thread's errno after the fact.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Who is at the other end of a Unix socket, as the kernel saw it at connect.
typedef struct {
    int32_t process;
    uint32_t user;
    uint32_t group;
} sightline_peer;

// MARK: Sockets (Unix, SEQPACKET, close-on-exec, non-blocking)

/// A listening socket bound to `path` with exactly the permission bits `mode`, whatever the umask.
int sightline_socket_listen(const char *path, mode_t mode, int backlog);

/// A socket connected to `path`. -EAGAIN when the listener's backlog is full.
int sightline_socket_connect(const char *path);

/// Accepts one connection and tells who it is. The socket refuses to receive file descriptors where the kernel knows how.
int sightline_socket_accept(int listener, sightline_peer *peer);

/// A connected pair of sockets of the kind that the bus uses.
int sightline_socket_pair(int pair[2]);

/// Sends header and payload as one packet, without waiting. Returns the bytes sent.
ssize_t sightline_socket_send(
    int socket, const void *header, size_t header_length, const void *payload, size_t payload_length);

/// Sends one packet with a file descriptor attached, without waiting.
ssize_t sightline_socket_send_descriptor(int socket, const void *bytes, size_t length, int descriptor);

/// Receives one packet without waiting; 0 is end of stream. A packet or descriptors that did not fit are thrown away:
/// -EMSGSIZE. Where `descriptor` is given it becomes the attached file descriptor or -1; else attached ones are closed.
ssize_t sightline_socket_receive(int socket, void *buffer, size_t capacity, int *descriptor);

/// As `sightline_socket_receive` without a descriptor, only that ones which are attached are closed without a word. Cheaper.
ssize_t sightline_socket_receive_bytes(int socket, void *buffer, size_t capacity);

/// As `sightline_socket_receive` without a descriptor, except that the bytes from `head_length` on, at most `payload_length`
/// of them, go to `payload` instead of their place in `buffer`.
ssize_t sightline_socket_receive_around(
    int socket, void *buffer, size_t capacity, size_t head_length, void *payload, size_t payload_length);

/// Sets the kernel's send buffer so that the socket polls as writable while at most `bytes` of it wait to be received.
/// Returns that number as the kernel has it, within its own limits. Memory counts with the kernel's own overhead.
int sightline_socket_set_unread_limit(int socket, int bytes);

/// Memory of what was sent and not yet received, with the kernel's own overhead.
int sightline_socket_unread(int socket);

// MARK: Shared memory

/// An anonymous file of `bytes` zeroed bytes that can be sealed and not executed.
int sightline_memfd_create(const char *name, size_t bytes);

/// Forbids resizing, new writable mappings and `write` for ever; mappings that exist stay writable.
int sightline_memfd_seal(int memfd);

/// 0 when `memfd` is a file of exactly `bytes` bytes that carries the seals of `sightline_memfd_seal`; else -EPERM (seals)
/// or -EINVAL (size).
int sightline_memfd_verify(int memfd, size_t bytes);

/// Maps `bytes` of `descriptor`, shared; NULL with a negative errno in `error`.
void *sightline_memory_map(int descriptor, size_t bytes, int writable, int *error);

static inline uint64_t sightline_atomic_load_acquire(const uint64_t *value) {
    return __atomic_load_n(value, __ATOMIC_ACQUIRE);
}

/// Keeps reads before it from moving after a following load.
static inline uint64_t sightline_atomic_load_after_reads(const uint64_t *value) {
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(value, __ATOMIC_RELAXED);
}

/// Keeps writes after it from moving before the store.
static inline void sightline_atomic_store_before_writes(uint64_t *value, uint64_t desired) {
    __atomic_store_n(value, desired, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline void sightline_atomic_store_release(uint64_t *value, uint64_t desired) {
    __atomic_store_n(value, desired, __ATOMIC_RELEASE);
}

// MARK: Waking, watching, locking

/// An event counter that can be polled.
int sightline_event_create(void);

/// Makes the event readable; never waits.
void sightline_event_signal(int event);

/// Makes the event unreadable.
void sightline_event_clear(int event);

/// Watches a directory for entries that come, go or are renamed.
int sightline_watch_create(const char *directory);

/// Reads what the watch has seen. 1: something changed; 2: the directory itself is gone; 0: nothing.
int sightline_watch_read(int watch);

/// Opens (creates) `path` and takes its exclusive lock without waiting. -EWOULDBLOCK when somebody else holds it; then
/// `owner` is the process number written in the file, or 0. The file on disk is the locked one: a file unlinked meanwhile is
/// opened again.
int sightline_lock_file(const char *path, int32_t *owner);
