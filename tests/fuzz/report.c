/* report.c - fuzzes the reports of RTCP that a round trip is read from: whatever opened is
 * read no further than it goes, and tells no more than the time since a report was sent. */
#include "ice/port/rtcp_round_trip.h"

#include <stdlib.h>

enum { ELAPSED = 3000000, NTP = 0x20304050 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In a block of its own size, so that a sanitizer sees a byte too many. */
static void read_it(const uint8_t *data, size_t size, struct report_times *times)
{
    uint8_t *block = malloc(size > 0 ? size : 1);
    skiff_packet packet = { .data = block, .len = (uint32_t)size, .limit = (uint32_t)size };

    if (block == NULL)
        abort();
    if (size > 0)
        memcpy(block, data, size);
    if (report_begins(&packet) && skf_report_received(times, &packet, ELAPSED) > ELAPSED)
        abort();
    skf_report_sent(times, &packet, 0);
    if (times->next >= REPORT_TIMES
        || skf_report_received(times, &packet, ELAPSED) > ELAPSED)
        abort();
    free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct report_times times = { .reports = { { .ntp = NTP } }, .next = 1 };

    if (size <= 1500)
        read_it(data, size, &times);
    return 0;
}
