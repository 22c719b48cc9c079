// libFuzzer harness of the header's decoders.  clang -g -O1 -fsanitize=fuzzer,address,undefined -o fuzz c_subscriber.c && ./fuzz
//
// The first bytes of the input are a packet as a publisher could send it; what the header makes of it must stay inside.
#define _GNU_SOURCE
#include "../../Examples/c/sightline_bus.h"

static void walk(const uint8_t *from, const uint8_t *end, int depth) {
    sightline_bus_field field;
    while (sightline_bus_next_field(&from, end, &field)) {
        if (field.bytes != NULL && depth < 4) walk(field.bytes, field.bytes + field.count, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sightline_bus bus;
    memset(&bus, 0, sizeof bus);
    bus.socket = -1;
    // A copy of the exact size, so that a read beyond it is seen.
    uint8_t *packet = malloc(size + 1);
    if (packet == NULL) return 0;
    memcpy(packet, data, size);
    if (size > 0) {
        const uint8_t *end = packet + size;
        (void)sightline_bus_accept(&bus, packet, end);
        (void)sightline_bus_note_topic(&bus, packet + 1, end);
        (void)sightline_bus_map(&bus, packet, (ssize_t)size, -1);
        char text[256];
        if (size > 4) (void)sightline_bus_text(packet + 4, end, text);
        sightline_bus_message message;
        for (int index = 0; index < SIGHTLINE_BUS_TOPICS; index++) bus.topics[index].is_known = true;
        if (sightline_bus_message_from(&bus, packet, (ssize_t)size, &message) > 0)
            walk(message.payload, message.payload + message.payload_bytes, 0);
        walk(packet, end, 0);
    }
    free(packet);
    sightline_bus_close(&bus);
    return 0;
}
