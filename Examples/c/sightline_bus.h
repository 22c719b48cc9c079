// Receives what a Sightline process publishes: one header, C11, Linux, no library.
//
//     sightline_bus bus;
//     const char *topics[] = {"detections"};
//     if (sightline_bus_open(&bus, NULL, "sightline", topics, 1) == 0) {
//         sightline_bus_message message;
//         while (sightline_bus_next(&bus, &message, -1) > 0) { ... }
//         sightline_bus_close(&bus);
//     }
//
// Functions return a negative errno on failure. At the end of a connection bus.reason says why; open again to reconnect.
#pragma once

#ifndef _GNU_SOURCE
#error "define _GNU_SOURCE before the first #include"
#endif

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    SIGHTLINE_BUS_TOPICS = 48,
    SIGHTLINE_BUS_PACKET = 1 << 17,
    SIGHTLINE_BUS_RETAINED = 1,
};

typedef struct {
    bool is_known;
    char name[256];
    char type[256];
    // Frames in shared memory, mapped read-only; NULL without.
    const uint8_t *ring;
    size_t ring_bytes;
    uint32_t slot_count;
    uint64_t slot_bytes;
} sightline_bus_topic;

typedef struct {
    int socket;
    int32_t process;
    uint64_t session;
    char reason[256];
    sightline_bus_topic topics[SIGHTLINE_BUS_TOPICS];
    uint8_t *packet;
} sightline_bus;

typedef struct {
    const char *topic;
    const char *type;
    bool is_retained;
    uint64_t sequence;
    uint64_t dropped_before;
    int64_t publish_time_ns;
    int64_t receive_time_ns;
    // The serialised protobuf message; valid until the next call.
    const uint8_t *payload;
    size_t payload_bytes;
    // A slot of shared memory that the message announces and that is to be given back.
    bool has_lease;
    uint16_t topic_index;
    uint32_t slot;
    uint64_t generation;
} sightline_bus_message;

// MARK: Numbers on the wire are little-endian.

static inline uint64_t sightline_bus_number(const uint8_t *bytes, int count) {
    uint64_t value = 0;
    for (int index = count - 1; index >= 0; index--) value = value << 8 | bytes[index];
    return value;
}

static inline uint8_t *sightline_bus_put(uint8_t *to, uint64_t value, int count) {
    for (int index = 0; index < count; index++) *to++ = (uint8_t)(value >> (8 * index));
    return to;
}

static inline const uint8_t *sightline_bus_text(const uint8_t *from, const uint8_t *end, char text[256]) {
    if (from == NULL || from >= end || end - from < 1 + from[0]) return NULL;
    memcpy(text, from + 1, from[0]);
    text[from[0]] = 0;
    return from + 1 + from[0];
}

// MARK: Connecting

/// $SIGHTLINE_RUNTIME_DIR, else $XDG_RUNTIME_DIR/sightline, else /tmp/sightline-UID.
static inline void sightline_bus_directory(char *path, size_t capacity) {
    const char *own = getenv("SIGHTLINE_RUNTIME_DIR"), *session = getenv("XDG_RUNTIME_DIR");
    if (own != NULL && *own != 0) {
        snprintf(path, capacity, "%s", own);
    } else if (session != NULL && *session != 0) {
        snprintf(path, capacity, "%s/sightline", session);
    } else {
        snprintf(path, capacity, "/tmp/sightline-%u", (unsigned)geteuid());
    }
}

static inline void sightline_bus_close(sightline_bus *bus) {
    for (int index = 0; index < SIGHTLINE_BUS_TOPICS; index++) {
        if (bus->topics[index].ring != NULL) munmap((void *)bus->topics[index].ring, bus->topics[index].ring_bytes);
    }
    if (bus->socket >= 0) close(bus->socket);
    free(bus->packet);
    bus->socket = -1;
    bus->packet = NULL;
    memset(bus->topics, 0, sizeof bus->topics);
}

static inline int sightline_bus_greet(sightline_bus *bus, const char *const *topics, int count) {
    uint8_t *to = bus->packet;
    to = sightline_bus_put(to, 1, 2);           // HELLO, flags
    to = sightline_bus_put(to, 1, 2);           // version
    to = sightline_bus_put(to, 0x53424C53, 4);  // magic
    to = sightline_bus_put(to, (uint64_t)count, 4);
    to = sightline_bus_put(to, 1, 1);
    *to++ = 'C';
    for (int index = 0; index < count; index++) {
        size_t length = strlen(topics[index]);
        if (length == 0 || length > 128) return -EINVAL;
        to = sightline_bus_put(to, length, 1);
        memcpy(to, topics[index], length);
        to = sightline_bus_put(to + length, 0, 2);  // policy latest, flags
        to = sightline_bus_put(to, 1, 4);           // depth
        to = sightline_bus_put(to, 0, 4);           // history
    }
    return send(bus->socket, bus->packet, (size_t)(to - bus->packet), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/// Subscribes to topics of a publisher, the newest message of each waiting. `directory` may be NULL for the usual one.
static inline int sightline_bus_open(
    sightline_bus *bus, const char *directory, const char *publisher, const char *const *topics, int count) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char usual[sizeof address.sun_path];
    memset(bus, 0, sizeof *bus);
    bus->socket = -1;
    if (count < 0 || count > 64) return -EINVAL;
    if (directory == NULL) sightline_bus_directory(usual, sizeof usual);
    int length = snprintf(
        address.sun_path, sizeof address.sun_path, "%s/%s.sock", directory != NULL ? directory : usual, publisher);
    if (length < 0 || (size_t)length >= sizeof address.sun_path) return -ENAMETOOLONG;
    bus->packet = malloc(SIGHTLINE_BUS_PACKET);
    if (bus->packet == NULL) return -ENOMEM;
    bus->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    int status = bus->socket < 0 || connect(bus->socket, (struct sockaddr *)&address, sizeof address) < 0
        ? -errno
        : sightline_bus_greet(bus, topics, count);
    if (status < 0) sightline_bus_close(bus);
    return status;
}

// MARK: Receiving

static inline ssize_t sightline_bus_receive(sightline_bus *bus, int *descriptor) {
    struct iovec part = {bus->packet, SIGHTLINE_BUS_PACKET};
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    *descriptor = -1;
    ssize_t count;
    // A publisher that closed without reading everything sets an error in front of what it had sent.
    int resets = 0;
    do {
        count = recvmsg(bus->socket, &message, MSG_CMSG_CLOEXEC);
    } while (count < 0 && (errno == EINTR || (errno == ECONNRESET && resets++ == 0)));
    if (count < 0) return -errno;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if (rights != NULL && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS)
        memcpy(descriptor, CMSG_DATA(rights), sizeof *descriptor);
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) return -EMSGSIZE;
    return count;
}

static inline const uint8_t *sightline_bus_note_topic(
    sightline_bus *bus, const uint8_t *from, const uint8_t *end) {
    if (from == NULL || end - from < 20) return NULL;
    unsigned index = (unsigned)sightline_bus_number(from, 2);
    if (index >= SIGHTLINE_BUS_TOPICS) return NULL;
    sightline_bus_topic *topic = &bus->topics[index];
    topic->is_known = true;
    return sightline_bus_text(sightline_bus_text(from + 20, end, topic->name), end, topic->type);
}

static inline int sightline_bus_accept(sightline_bus *bus, const uint8_t *packet, const uint8_t *end) {
    if (end - packet < 33 || sightline_bus_number(packet + 2, 2) != 1) return -EPROTO;
    bus->process = (int32_t)sightline_bus_number(packet + 4, 4);
    bus->session = sightline_bus_number(packet + 8, 8);
    int count = (int)sightline_bus_number(packet + 30, 2);
    char name[256];
    const uint8_t *from = sightline_bus_text(packet + 32, end, name);
    for (int index = 0; index < count; index++) from = sightline_bus_note_topic(bus, from, end);
    return from == NULL ? -EPROTO : 0;
}

/// Maps the frames of a topic if their memory can neither shrink nor be written by others: reading can then not fail.
static inline int sightline_bus_map(sightline_bus *bus, const uint8_t *packet, ssize_t count, int descriptor) {
    const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | 0x0010;  // F_SEAL_FUTURE_WRITE
    if (count < 24 || descriptor < 0) return -EPROTO;
    unsigned index = (unsigned)sightline_bus_number(packet + 2, 2);
    uint64_t slots = sightline_bus_number(packet + 4, 4), slot_bytes = sightline_bus_number(packet + 8, 8);
    uint64_t bytes = sightline_bus_number(packet + 16, 8);
    struct stat status;
    if (index >= SIGHTLINE_BUS_TOPICS || bus->topics[index].ring != NULL || slots == 0 || slots > 64 ||
        slot_bytes > (1u << 28) || bytes != 4096 + slots * slot_bytes)
        return -EPROTO;
    if ((fcntl(descriptor, F_GET_SEALS) & seals) != seals || fstat(descriptor, &status) < 0 ||
        (uint64_t)status.st_size != bytes)
        return -EPERM;
    void *ring = mmap(NULL, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
    if (ring == MAP_FAILED) return -errno;
    bus->topics[index].ring = ring;
    bus->topics[index].ring_bytes = bytes;
    bus->topics[index].slot_count = (uint32_t)slots;
    bus->topics[index].slot_bytes = slot_bytes;
    return 0;
}

static inline int sightline_bus_message_from(
    sightline_bus *bus, const uint8_t *packet, ssize_t count, sightline_bus_message *message) {
    if (count < 32) return -EPROTO;
    unsigned flags = packet[1], index = (unsigned)sightline_bus_number(packet + 2, 2);
    ssize_t head = flags & 2 ? 48 : 32;
    if (index >= SIGHTLINE_BUS_TOPICS || !bus->topics[index].is_known || count < head ||
        (uint64_t)(count - head) != sightline_bus_number(packet + 4, 4))
        return -EPROTO;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    *message = (sightline_bus_message){
        .topic = bus->topics[index].name,
        .type = bus->topics[index].type,
        .is_retained = flags & SIGHTLINE_BUS_RETAINED,
        .sequence = sightline_bus_number(packet + 8, 8),
        .dropped_before = sightline_bus_number(packet + 16, 8),
        .publish_time_ns = (int64_t)sightline_bus_number(packet + 24, 8),
        .receive_time_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
        .payload = packet + head,
        .payload_bytes = (size_t)(count - head),
        .topic_index = (uint16_t)index,
        .has_lease = flags & 2,
    };
    if (message->has_lease) {
        message->slot = (uint32_t)sightline_bus_number(packet + 32, 4);
        message->generation = sightline_bus_number(packet + 40, 8);
    }
    return 1;
}

/// Waits for a message at most `timeout_ms` (-1: for ever). 1: there is one; 0: none in time; -EPIPE: the connection ended
/// (bus->reason says why, if the publisher said it); other negative errno: not the protocol.
static inline int sightline_bus_next(sightline_bus *bus, sightline_bus_message *message, int timeout_ms) {
    for (;;) {
        struct pollfd waiting = {.fd = bus->socket, .events = POLLIN};
        int ready = poll(&waiting, 1, timeout_ms);
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return ready < 0 ? -errno : 0;
        int descriptor;
        ssize_t count = sightline_bus_receive(bus, &descriptor);
        const uint8_t *packet = bus->packet;
        int status = count < 0 ? (int)count : 0;
        if (count == 0 || count == -ECONNRESET) status = -EPIPE;
        if (count > 0) {
            switch (packet[0]) {
            case 2: status = sightline_bus_accept(bus, packet, packet + count); break;
            case 3: status = sightline_bus_note_topic(bus, packet + 1, packet + count) == NULL ? -EPROTO : 0; break;
            case 5: status = sightline_bus_map(bus, packet, count, descriptor); break;
            case 6: status = sightline_bus_message_from(bus, packet, count, message); break;
            case 4:
            case 10: (void)sightline_bus_text(packet + 4, packet + count, bus->reason); break;
            default: break;  // A kind of a newer version.
            }
        }
        if (descriptor >= 0) close(descriptor);
        if (status != 0) return status;
    }
}

// MARK: Frames

/// The slot that a message announces; NULL when there is none. Offsets in `sightline.Frame` count from the ring's start:
/// the frame begins at slot + (offset - 4096 - slot number * slot_bytes).
static inline const uint8_t *sightline_bus_slot(
    const sightline_bus *bus, const sightline_bus_message *message, uint64_t *bytes) {
    const sightline_bus_topic *topic = &bus->topics[message->topic_index];
    if (!message->has_lease || topic->ring == NULL || message->slot >= topic->slot_count) return NULL;
    *bytes = topic->slot_bytes;
    return topic->ring + 4096 + message->slot * topic->slot_bytes;
}

/// Whether the slot still holds the message's frame. Ask again after reading: only then what was read counts.
static inline bool sightline_bus_is_valid(const sightline_bus *bus, const sightline_bus_message *message) {
    const sightline_bus_topic *topic = &bus->topics[message->topic_index];
    if (!message->has_lease || topic->ring == NULL || message->slot >= topic->slot_count) return false;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n((const uint64_t *)(topic->ring + 64) + message->slot, __ATOMIC_ACQUIRE) == message->generation;
}

/// Gives the slot back to the publisher.
static inline void sightline_bus_release(sightline_bus *bus, sightline_bus_message *message) {
    if (!message->has_lease) return;
    uint8_t packet[16];
    uint8_t *to = sightline_bus_put(packet, 7, 2);
    to = sightline_bus_put(to, message->topic_index, 2);
    to = sightline_bus_put(to, message->slot, 4);
    sightline_bus_put(to, message->generation, 8);
    (void)send(bus->socket, packet, sizeof packet, MSG_NOSIGNAL | MSG_DONTWAIT);
    message->has_lease = false;
}

// MARK: Protobuf, as far as a reader needs it

typedef struct {
    uint32_t number;
    uint64_t value;        // Varints and fixed numbers.
    const uint8_t *bytes;  // Text, nested messages, packed lists; else NULL.
    size_t count;
} sightline_bus_field;

static inline const uint8_t *sightline_bus_varint(const uint8_t *from, const uint8_t *end, uint64_t *value) {
    *value = 0;
    for (int shift = 0; shift < 64 && from != NULL && from < end; shift += 7) {
        *value |= (uint64_t)(*from & 0x7F) << shift;
        if (*from++ < 0x80) return from;
    }
    return NULL;
}

/// Reads the next field of a message; false at its end or where it is damaged. `from` moves on.
static inline bool sightline_bus_next_field(const uint8_t **from, const uint8_t *end, sightline_bus_field *field) {
    uint64_t key, length;
    const uint8_t *at = sightline_bus_varint(*from, end, &key);
    *field = (sightline_bus_field){.number = (uint32_t)(key >> 3)};
    if (at == NULL) return false;
    switch (key & 7) {
    case 0: at = sightline_bus_varint(at, end, &field->value); break;
    case 1:
    case 5: {
        int size = (key & 7) == 1 ? 8 : 4;
        if (end - at < size) return false;
        field->value = sightline_bus_number(at, size);
        at += size;
        break;
    }
    case 2:
        at = sightline_bus_varint(at, end, &length);
        if (at == NULL || length > (uint64_t)(end - at)) return false;
        field->bytes = at;
        field->count = (size_t)length;
        at += length;
        break;
    default: return false;
    }
    *from = at;
    return at != NULL;
}

static inline float sightline_bus_float(const sightline_bus_field *field) {
    uint32_t bits = (uint32_t)field->value;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
