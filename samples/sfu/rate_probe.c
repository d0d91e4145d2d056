/* rate_probe.c - a short time in which more is sent than the media. */
#include "rate_probe.h"

enum { FEW_PACKETS = 5, SHORT_TIME = 15000 /* microseconds: less shows nothing */ };

/* What arrives slower than it was sent has filled the queue: that is all the link carries.
 */
static const double slower = 0.9, margin = 0.95;

void rate_probe_begin(struct rate_probe *probed, uint64_t now, uint32_t bps)
{
    *probed = (struct rate_probe){ .begun = now, .last_sent = now, .bps = bps };
}

bool rate_probe_is_sending(const struct rate_probe *probed, uint64_t now)
{
    return probed->begun != 0 && now - probed->begun < RATE_PROBE_TIME;
}

void rate_probe_sent(struct rate_probe *probed, uint64_t now, size_t bytes)
{
    probed->sent_bytes += (uint32_t)bytes;
    probed->last_sent = now;
}

size_t rate_probe_due(const struct rate_probe *probed, uint64_t now)
{
    uint64_t all;

    if (!rate_probe_is_sending(probed, now))
        return 0;
    all = probed->bps * (now - probed->begun) / 8 / 1000000;
    return all > probed->sent_bytes ? (size_t)(all - probed->sent_bytes) : 0;
}

void rate_probe_arrived(struct rate_probe *probed, uint64_t sent, uint64_t arrived,
                        size_t bytes)
{
    if (probed->begun == 0 || sent < probed->begun || sent > probed->last_sent)
        return;
    if (arrived > probed->arrived.last)
        probed->arrived.last = arrived;
    probed->arrived.packets++;
    probed->arrived.bytes += (uint32_t)bytes;
}

static double rate(uint64_t bytes, uint64_t time)
{
    return (double)bytes * 8 * 1e6 / (double)time;
}

/* The time in which the packets arrived is counted from when the first of them could have
 * arrived: a receiver that was busy reads all of a slow link's packets at once. */
double rate_probe_end(struct rate_probe *probed, int64_t delay)
{
    uint64_t sending = probed->last_sent - probed->begun;
    int64_t elapsed = (int64_t)(probed->arrived.last - probed->begun) - delay;
    double sent, arrived;

    probed->begun = 0;
    if (probed->arrived.packets < FEW_PACKETS || sending < SHORT_TIME
        || elapsed < SHORT_TIME)
        return 0;
    sent = rate(probed->sent_bytes, sending);
    arrived = rate(probed->arrived.bytes, (uint64_t)elapsed);
    if (arrived < slower * sent)
        return margin * arrived;
    return arrived < sent ? arrived : sent;
}
