// Prints the objects that Sightline detects.  cc -O2 -o subscriber subscriber.c
//
//     ./subscriber [PUBLISHER] [COUNT]
#define _GNU_SOURCE
#include "sightline_bus.h"

/// Field numbers: Sources/Messages/Schemas/sightline/detections.proto.
static void print_detection(const uint8_t *from, const uint8_t *end) {
    sightline_bus_field field, corner;
    char label[64] = "";
    float score = 0, box[4] = {0};
    while (sightline_bus_next_field(&from, end, &field)) {
        if (field.number == 1 && field.bytes != NULL) {
            snprintf(label, sizeof label, "%.*s", (int)field.count, (const char *)field.bytes);
        } else if (field.number == 3) {
            score = sightline_bus_float(&field);
        } else if (field.number == 4 && field.bytes != NULL) {
            const uint8_t *inner = field.bytes;
            while (sightline_bus_next_field(&inner, field.bytes + field.count, &corner)) {
                if (corner.number >= 1 && corner.number <= 4) box[corner.number - 1] = sightline_bus_float(&corner);
            }
        }
    }
    printf("    %s %.2f [%.1f %.1f %.1f %.1f]\n", label, score, box[0], box[1], box[2], box[3]);
}

static void print_message(const sightline_bus_message *message) {
    printf("%s #%llu lost %llu\n", message->topic, (unsigned long long)message->sequence,
        (unsigned long long)message->dropped_before);
    const uint8_t *from = message->payload, *end = message->payload + message->payload_bytes;
    sightline_bus_field field;
    while (sightline_bus_next_field(&from, end, &field)) {
        if (field.number == 7 && field.bytes != NULL) print_detection(field.bytes, field.bytes + field.count);
    }
    fflush(stdout);
}

int main(int count, char **arguments) {
    const char *publisher = count > 1 ? arguments[1] : "sightline";
    long rest = count > 2 ? atol(arguments[2]) : -1;
    const char *topics[] = {"detections"};
    while (rest != 0) {
        sightline_bus bus;
        if (sightline_bus_open(&bus, NULL, publisher, topics, 1) < 0) {
            usleep(200000);  // Not there yet, or restarting.
            continue;
        }
        sightline_bus_message message = {0};
        int status = 0;
        while (rest != 0 && (status = sightline_bus_next(&bus, &message, -1)) > 0) {
            print_message(&message);
            if (rest > 0) rest--;
        }
        if (rest != 0) fprintf(stderr, "%s: %s\n", publisher, bus.reason[0] ? bus.reason : strerror(-status));
        sightline_bus_close(&bus);
    }
    return 0;
}
