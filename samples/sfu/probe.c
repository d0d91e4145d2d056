/* probe.c - a short time in which more is sent than the media. */
#include "probe.h"

enum { FEW_PACKETS = 5, SHORT_TIME = 15000 /* microseconds: less shows nothing */ };

/* What arrives slower than it was sent has filled the queue: that is all the link carries.
 */
static const double slower = 0.9, margin = 0.95;

void probe_begin(struct probe *probe, uint64_t now, uint32_t bps)
{
    *probe = (struct probe){ .begun = now, .last_sent = now, .bps = bps };
}

bool probe_is_sending(const struct probe *probe, uint64_t now)
{
    return probe->begun != 0 && now - probe->begun < PROBE_TIME;
}

void probe_sent(struct probe *probe, uint64_t now, size_t bytes)
{
    probe->sent_bytes += (uint32_t)bytes;
    probe->last_sent = now;
}

size_t probe_due(const struct probe *probe, uint64_t now)
{
    uint64_t all;

    if (!probe_is_sending(probe, now))
        return 0;
    all = probe->bps * (now - probe->begun) / 8 / 1000000;
    return all > probe->sent_bytes ? (size_t)(all - probe->sent_bytes) : 0;
}

void probe_arrived(struct probe *probe, uint64_t sent, uint64_t arrived, size_t bytes)
{
    if (probe->begun == 0 || sent < probe->begun || sent > probe->last_sent)
        return;
    if (probe->arrived.packets == 0 || arrived < probe->arrived.first) {
        probe->arrived.first = arrived;
        probe->arrived.first_bytes = (uint32_t)bytes;
    }
    if (arrived > probe->arrived.last)
        probe->arrived.last = arrived;
    probe->arrived.packets++;
    probe->arrived.bytes += (uint32_t)bytes;
}

static double rate(uint64_t bytes, uint64_t time)
{
    return (double)bytes * 8 * 1e6 / (double)time;
}

/* The first packet does not count for the arrivals: nothing is known of the time before. */
double probe_end(struct probe *probe)
{
    uint64_t sending = probe->last_sent - probe->begun;
    uint64_t arriving = probe->arrived.last - probe->arrived.first;
    double sent, arrived;

    probe->begun = 0;
    if (probe->arrived.packets < FEW_PACKETS || sending < SHORT_TIME
        || arriving < SHORT_TIME)
        return 0;
    sent = rate(probe->sent_bytes, sending);
    arrived = rate(probe->arrived.bytes - probe->arrived.first_bytes, arriving);
    if (arrived < slower * sent)
        return margin * arrived;
    return arrived < sent ? arrived : sent;
}
