#define _GNU_SOURCE
#include "CLinuxBus.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// Newer than Debian 12's headers; the values are part of the kernel's interface.
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

enum { socket_kind = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK };

static int fill_address(struct sockaddr_un *address, const char *path) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    size_t length = strlen(path);
    if (length >= sizeof address->sun_path) return -ENAMETOOLONG;
    memcpy(address->sun_path, path, length + 1);
    return 0;
}

static int close_with(int descriptor, int error) {
    close(descriptor);
    return -error;
}

int sightline_socket_listen(const char *path, mode_t mode, int backlog) {
    struct sockaddr_un address;
    int status = fill_address(&address, path);
    if (status < 0) return status;
    int descriptor = socket(AF_UNIX, socket_kind, 0);
    if (descriptor < 0) return -errno;
    // The bits of an unbound socket are those of the file that bind creates: no moment at which the file is open to others.
    if (fchmod(descriptor, mode) < 0) return close_with(descriptor, errno);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) return close_with(descriptor, errno);
    // The umask may have taken bits away that other users need.
    if (chmod(path, mode) < 0) return close_with(descriptor, errno);
    if (listen(descriptor, backlog) < 0) return close_with(descriptor, errno);
    return descriptor;
}

int sightline_socket_connect(const char *path) {
    struct sockaddr_un address;
    int status = fill_address(&address, path);
    if (status < 0) return status;
    int descriptor = socket(AF_UNIX, socket_kind, 0);
    if (descriptor < 0) return -errno;
    while (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
        if (errno != EINTR) return close_with(descriptor, errno);
    }
    return descriptor;
}

int sightline_socket_accept(int listener, sightline_peer *peer) {
    int descriptor;
    do {
        descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) return -errno;
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0)
        return close_with(descriptor, errno);
    peer->process = credentials.pid;
    peer->user = credentials.uid;
    peer->group = credentials.gid;
    // Before Linux 6.16 this fails; receiving without room for descriptors then closes whatever is sent.
    int no = 0;
    (void)setsockopt(descriptor, SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof no);
    return descriptor;
}

int sightline_socket_pair(int pair[2]) {
    return socketpair(AF_UNIX, socket_kind, 0, pair) < 0 ? -errno : 0;
}

static ssize_t send_packet(int socket, const struct msghdr *message) {
    ssize_t sent;
    do {
        sent = sendmsg(socket, message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

ssize_t sightline_socket_send(
    int socket, const void *header, size_t header_length, const void *payload, size_t payload_length) {
    if (payload_length == 0) {
        // In one piece: cheaper by a tenth of what sending a small packet costs.
        ssize_t sent;
        do {
            sent = send(socket, header, header_length, MSG_DONTWAIT | MSG_NOSIGNAL);
        } while (sent < 0 && errno == EINTR);
        return sent < 0 ? -errno : sent;
    }
    struct iovec parts[2] = {{(void *)header, header_length}, {(void *)payload, payload_length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    return send_packet(socket, &message);
}

ssize_t sightline_socket_send_descriptor(int socket, const void *bytes, size_t length, int descriptor) {
    struct iovec part = {(void *)bytes, length};
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
    return send_packet(socket, &message);
}

/// The first descriptor attached to `message`, the others closed; -1 when there is none.
static int take_descriptor(struct msghdr *message) {
    int taken = -1;
    for (struct cmsghdr *rights = CMSG_FIRSTHDR(message); rights != NULL; rights = CMSG_NXTHDR(message, rights)) {
        if (rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < count; index++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(rights) + index * sizeof(int), sizeof descriptor);
            if (taken < 0) {
                taken = descriptor;
            } else {
                close(descriptor);
            }
        }
    }
    return taken;
}

/// recvmsg without waiting; the bytes received or a negative errno.
static ssize_t receive_packet(int socket, struct msghdr *message) {
    ssize_t received;
    // A peer that closed without reading everything sets an error in front of what it had sent; what it sent comes after it.
    int resets = 0;
    do {
        received = recvmsg(socket, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (received < 0 && (errno == EINTR || (errno == ECONNRESET && resets++ == 0)));
    return received < 0 ? -errno : received;
}

ssize_t sightline_socket_receive_bytes(int socket, void *buffer, size_t capacity) {
    ssize_t received;
    int resets = 0;
    do {
        received = recv(socket, buffer, capacity, MSG_DONTWAIT | MSG_TRUNC);
    } while (received < 0 && (errno == EINTR || (errno == ECONNRESET && resets++ == 0)));
    if (received < 0) return -errno;
    return (size_t)received > capacity ? -EMSGSIZE : received;
}

ssize_t sightline_socket_receive_around(
    int socket, void *buffer, size_t capacity, size_t head_length, void *payload, size_t payload_length) {
    char *rest = (char *)buffer + head_length + payload_length;
    struct iovec parts[3] = {
        {buffer, head_length}, {payload, payload_length}, {rest, capacity - head_length - payload_length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
    ssize_t received = receive_packet(socket, &message);
    if (received < 0) return received;
    return message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? -EMSGSIZE : received;
}

ssize_t sightline_socket_receive(int socket, void *buffer, size_t capacity, int *descriptor) {
    struct iovec part = {buffer, capacity};
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor != NULL) {
        *descriptor = -1;
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
    }
    ssize_t received = receive_packet(socket, &message);
    if (received < 0) return received;
    int attached = descriptor != NULL ? take_descriptor(&message) : -1;
    // Without room for descriptors the kernel sets MSG_CTRUNC for a peer that sends some: that peer is wrong too.
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        if (attached >= 0) close(attached);
        return -EMSGSIZE;
    }
    if (descriptor != NULL) *descriptor = attached;
    return received;
}

int sightline_socket_set_unread_limit(int socket, int bytes) {
    // A Unix socket polls as writable while four times what waits is at most the buffer; the kernel doubles what is asked.
    int half = bytes > INT32_MAX / 4 ? INT32_MAX / 2 : bytes * 2;
    if (setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &half, sizeof half) < 0) return -errno;
    int buffer;
    socklen_t length = sizeof buffer;
    if (getsockopt(socket, SOL_SOCKET, SO_SNDBUF, &buffer, &length) < 0) return -errno;
    return buffer / 4;
}

int sightline_socket_unread(int socket) {
    int bytes = 0;
    return ioctl(socket, SIOCOUTQ, &bytes) < 0 ? -errno : bytes;
}

int sightline_memfd_create(const char *name, size_t bytes) {
    int memfd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    // Before Linux 6.3.
    if (memfd < 0 && errno == EINVAL) memfd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memfd < 0) return -errno;
    if (ftruncate(memfd, (off_t)bytes) < 0) return close_with(memfd, errno);
    return memfd;
}

enum { frame_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL };

int sightline_memfd_seal(int memfd) {
    return fcntl(memfd, F_ADD_SEALS, frame_seals) < 0 ? -errno : 0;
}

int sightline_memfd_verify(int memfd, size_t bytes) {
    int seals = fcntl(memfd, F_GET_SEALS);
    if (seals < 0) return -EPERM;
    // F_SEAL_WRITE would be stronger than F_SEAL_FUTURE_WRITE, but a publisher could not write any more.
    if ((seals & frame_seals) != frame_seals) return -EPERM;
    struct stat status;
    if (fstat(memfd, &status) < 0) return -errno;
    if (!S_ISREG(status.st_mode) || status.st_size < 0 || (uint64_t)status.st_size != bytes) return -EINVAL;
    return 0;
}

void *sightline_memory_map(int descriptor, size_t bytes, int writable, int *error) {
    void *address =
        mmap(NULL, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor, 0);
    if (address == MAP_FAILED) {
        *error = -errno;
        return NULL;
    }
    *error = 0;
    return address;
}

int sightline_event_create(void) {
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return event < 0 ? -errno : event;
}

void sightline_event_signal(int event) {
    uint64_t one = 1;
    // EAGAIN means that the counter is at its maximum: readable already.
    while (write(event, &one, sizeof one) < 0 && errno == EINTR) {}
}

void sightline_event_clear(int event) {
    uint64_t count;
    while (read(event, &count, sizeof count) < 0 && errno == EINTR) {}
}

int sightline_watch_create(const char *directory) {
    int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch < 0) return -errno;
    uint32_t events = IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    if (inotify_add_watch(watch, directory, events) < 0) return close_with(watch, errno);
    return watch;
}

int sightline_watch_read(int watch) {
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    int seen = 0;
    for (;;) {
        ssize_t length = read(watch, buffer, sizeof buffer);
        if (length < 0 && errno == EINTR) continue;
        if (length <= 0) return seen;
        ssize_t position = 0;
        while (position + (ssize_t)sizeof(struct inotify_event) <= length) {
            const struct inotify_event *event = (const struct inotify_event *)(buffer + position);
            if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) {
                seen = 2;
            } else if (seen == 0) {
                seen = 1;
            }
            position += (ssize_t)sizeof(struct inotify_event) + event->len;
        }
    }
}

static int32_t read_owner(int descriptor) {
    char text[16] = {0};
    ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
    return length > 0 ? (int32_t)strtol(text, NULL, 10) : 0;
}

int sightline_lock_file(const char *path, int32_t *owner) {
    *owner = 0;
    for (;;) {
        int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (descriptor < 0) return -errno;
        if (flock(descriptor, LOCK_EX | LOCK_NB) < 0) {
            int error = errno;
            if (error == EINTR) {
                close(descriptor);
                continue;
            }
            *owner = read_owner(descriptor);
            return close_with(descriptor, error);
        }
        struct stat locked, named;
        if (fstat(descriptor, &locked) == 0 && stat(path, &named) == 0 && locked.st_ino == named.st_ino &&
            locked.st_dev == named.st_dev) {
            char text[16];
            int length = snprintf(text, sizeof text, "%d\n", (int)getpid());
            if (ftruncate(descriptor, 0) < 0 || pwrite(descriptor, text, (size_t)length, 0) < 0) {
                // The number is for messages only; the lock holds without it.
            }
            return descriptor;
        }
        close(descriptor);
    }
}
