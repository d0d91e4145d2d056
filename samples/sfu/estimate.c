/* estimate.c - how many bits a second the link to one watcher carries. */
#include "estimate.h"

#include <string.h>

enum fate { UNUSED, IN_FLIGHT, REPORTED_LOST, REPORTED_ARRIVED };

enum {
    MOST_BYTES = (1 << 14) - 1,
    SHORT_WINDOW = 200000,
    RATE_WINDOW = 500000,      /* microseconds: section 5.5 */
    FIRST_ROUND_TRIP = 100000, /* microseconds */
    MOST_ROUND_TRIP = 1000000, /* microseconds */
    MOST_UPDATE = 1000000,     /* microseconds that the estimate grows for at once */
    RESPONSE_TIME = 100000,    /* microseconds beside the round trip: section 5.5 */
    SILENCE = 1000000,         /* microseconds without feedback that are usual */
    FRESH = 5000000,           /* microseconds for which REMB or feedback counts */
    DELAY_MEMORY = 10000000,   /* microseconds */
    PROBE_REPORT = 200000,     /* microseconds: feedback comes as often as that */
    PACKET_BITS = 1200 * 8
};

/* The arrival times of feedback are 24 bits of 64 milliseconds. */
#define CLOCK_PERIOD ((int64_t)64000 << 24)

/* Section 5.5. */
static const double decrease = 0.85, growth = 0.08, most_ahead = 1.5;
static const double capacity_memory = 0.95, least_variance = 0.0004;

void estimate_init(struct estimate *estimate)
{
    *estimate = (struct estimate){ .bps = ESTIMATE_START, .round_trip = FIRST_ROUND_TRIP };
    estimate->least_delay.now = estimate->least_delay.before = INT64_MAX;
    delay_trend_init(&estimate->trend);
    bitrate_init(&estimate->arrived, RATE_WINDOW);
    bitrate_init(&estimate->arrived_lately, SHORT_WINDOW);
    bitrate_init(&estimate->delivered, RATE_WINDOW);
}

void estimate_sent(struct estimate *estimate, uint64_t now, uint16_t seq, size_t bytes)
{
    struct sent_packet *packet = &estimate->packets[seq % ESTIMATE_PACKETS];

    now = now > estimate->sent ? now : estimate->sent;
    packet->sent = (uint32_t)now;
    packet->seq = seq;
    packet->bytes = (bytes < MOST_BYTES ? bytes : MOST_BYTES) & MOST_BYTES;
    packet->fate = IN_FLIGHT;
    estimate->sent = now;
    if (rate_probe_is_sending(&estimate->rate_probe, now))
        rate_probe_sent(&estimate->rate_probe, now, bytes);
}

/* --- feedback ------------------------------------------------------------------------- */

/* The arrival nearest to the newest one, on a clock that does not wrap. */
static uint64_t unwrap(const struct estimate *estimate, int64_t time)
{
    const int64_t newest = (int64_t)estimate->clock;
    int64_t ahead = (time % CLOCK_PERIOD - newest % CLOCK_PERIOD) % CLOCK_PERIOD;

    if (newest == 0)
        return (uint64_t)(time % CLOCK_PERIOD + 2 * CLOCK_PERIOD);
    if (ahead < -CLOCK_PERIOD / 2)
        ahead += CLOCK_PERIOD;
    if (ahead >= CLOCK_PERIOD / 2)
        ahead -= CLOCK_PERIOD;
    return (uint64_t)(newest + ahead);
}

/* The packets' times are as old as an hour at most. */
static uint64_t time_sent(const struct estimate *estimate, const struct sent_packet *packet)
{
    return estimate->sent - (uint32_t)((uint32_t)estimate->sent - packet->sent);
}

/* Over a time in which clocks run apart by no more than a millisecond or two. */
static void measure_delay(struct estimate *estimate, uint64_t sent, uint64_t arrival)
{
    const int64_t delay = (int64_t)(arrival - sent);

    if (sent > estimate->least_delay.since + DELAY_MEMORY) {
        estimate->least_delay.before = estimate->least_delay.now;
        estimate->least_delay.now = delay;
        estimate->least_delay.since = sent;
    }
    if (delay < estimate->least_delay.now)
        estimate->least_delay.now = delay;
}

static int64_t least_delay(const struct estimate *estimate)
{
    return estimate->least_delay.now < estimate->least_delay.before
             ? estimate->least_delay.now
             : estimate->least_delay.before;
}

static void report_lost(struct estimate *estimate, struct sent_packet *packet)
{
    if (packet->fate != IN_FLIGHT)
        return;
    packet->fate = REPORTED_LOST;
    loss_bound_reported(&estimate->loss, true);
}

static void report_arrived(struct estimate *estimate, struct sent_packet *packet,
                           uint64_t arrival)
{
    uint64_t sent = time_sent(estimate, packet);

    if (packet->fate == REPORTED_LOST)
        loss_bound_found(&estimate->loss);
    else
        loss_bound_reported(&estimate->loss, false);
    packet->fate = REPORTED_ARRIVED;
    if (arrival > estimate->clock)
        estimate->clock = arrival;
    if (sent > estimate->acknowledged)
        estimate->acknowledged = sent;
    measure_delay(estimate, sent, arrival);
    bitrate_add(&estimate->arrived, arrival, packet->bytes);
    bitrate_add(&estimate->arrived_lately, arrival, packet->bytes);
    bitrate_add(&estimate->delivered, sent, packet->bytes);
    delay_trend_add(&estimate->trend, sent, arrival);
    rate_probe_arrived(&estimate->rate_probe, sent, arrival, packet->bytes);
}

void estimate_reported(struct estimate *estimate, uint16_t seq, bool arrived,
                       int64_t arrival)
{
    struct sent_packet *packet = &estimate->packets[seq % ESTIMATE_PACKETS];

    if (packet->seq != seq || packet->fate == UNUSED || packet->fate == REPORTED_ARRIVED)
        return;
    if (arrived)
        report_arrived(estimate, packet, unwrap(estimate, arrival));
    else
        report_lost(estimate, packet);
}

/* --- section 5.5: the rate ------------------------------------------------------------ */

static double bounded(double bps)
{
    return bps < ESTIMATE_MIN ? ESTIMATE_MIN : bps > ESTIMATE_MAX ? ESTIMATE_MAX : bps;
}

/* What arrives at overuse is what the link carries: near to it the estimate grows slowly.
 */
static void learn_capacity(struct estimate *estimate, double arrived)
{
    double error;

    if (estimate->capacity == 0) {
        estimate->capacity = arrived;
        estimate->variance = least_variance;
        return;
    }
    error = arrived / estimate->capacity - 1;
    estimate->capacity =
        capacity_memory * estimate->capacity + (1 - capacity_memory) * arrived;
    estimate->variance =
        capacity_memory * estimate->variance + (1 - capacity_memory) * error * error;
    if (estimate->variance < least_variance)
        estimate->variance = least_variance;
}

/* Three deviations from the capacity, squared. */
static bool is_near_capacity(const struct estimate *estimate, double arrived)
{
    double error = estimate->capacity == 0 ? 1 : arrived / estimate->capacity - 1;

    return error * error < 9 * estimate->variance;
}

/* While a queue grows the link is never idle, so that a short time shows what it carries:
 * right after a burst began, a long time shows what was sent before. */
static void lower(struct estimate *estimate, uint64_t now, double arrived)
{
    double lately = bitrate_of(&estimate->arrived_lately, estimate->clock);

    arrived = arrived > lately ? arrived : lately;
    if (now - estimate->decreased < estimate->round_trip)
        return;
    if (estimate->capacity != 0 && !is_near_capacity(estimate, arrived))
        estimate->capacity = 0;
    learn_capacity(estimate, arrived);
    if (estimate->bps > decrease * arrived)
        estimate->bps = bounded(decrease * arrived);
    estimate->decreased = now;
}

/* An estimate that rests on what is sent must not run away from it. */
static void raise(struct estimate *estimate, uint64_t elapsed, double arrived)
{
    double seconds, raised, most = most_ahead * arrived + PACKET_BITS;

    elapsed = elapsed < MOST_UPDATE ? elapsed : MOST_UPDATE;
    seconds = (double)elapsed / 1e6;
    if (arrived > estimate->capacity && !is_near_capacity(estimate, arrived))
        estimate->capacity = 0;
    if (is_near_capacity(estimate, arrived))
        raised = estimate->bps
               + PACKET_BITS * 0.5 * (double)elapsed
                     / (double)(RESPONSE_TIME + estimate->round_trip);
    else
        raised = estimate->bps * (1 + growth * seconds);
    if (raised < arrived)
        raised = arrived; /* and filled no queue */
    if (raised > most)
        raised = most;
    if (raised > estimate->bps)
        estimate->bps = bounded(raised);
}

/* A probe fills the queue by itself: what it shows is looked at when it is over. */
static void end_probe(struct estimate *estimate)
{
    double carried = rate_probe_end(&estimate->rate_probe, least_delay(estimate));

    if (carried == 0)
        return;
    loss_bound_raise(&estimate->loss, carried);
    if (carried > estimate->bps)
        estimate->bps = bounded(carried);
}

static bool probe_is_reported(const struct estimate *estimate, uint64_t now)
{
    return now - estimate->rate_probe.begun
         > RATE_PROBE_TIME + PROBE_REPORT + 2 * estimate->round_trip;
}

static void update_round_trip(struct estimate *estimate, uint64_t now)
{
    uint64_t sample = now - estimate->acknowledged;

    if (estimate->acknowledged == 0 || sample > MOST_ROUND_TRIP)
        return;
    estimate->round_trip = (7 * estimate->round_trip + sample) / 8;
}

/* Where packets wait together, be it in the link or in a receiver that is busy, they arrive
 * faster for a moment than they were sent: that counts no more than what was sent. */
static double rate_of_arrival(const struct estimate *estimate)
{
    double arrived = bitrate_of(&estimate->arrived, estimate->clock);
    double delivered = bitrate_of(&estimate->delivered, estimate->acknowledged);

    return arrived < delivered ? arrived : delivered;
}

void estimate_update(struct estimate *estimate, uint64_t now)
{
    double arrived = rate_of_arrival(estimate);
    uint64_t elapsed = now - estimate->feedback;

    estimate->feedback = now;
    update_round_trip(estimate, now);
    if (estimate->rate_probe.begun != 0) {
        if (probe_is_reported(estimate, now))
            end_probe(estimate);
        return;
    }
    if (estimate->trend.use == LINK_OVERUSED)
        lower(estimate, now, arrived);
    else if (estimate->trend.use == LINK_NORMAL)
        raise(estimate, elapsed, arrived);
    loss_bound_update(&estimate->loss, now, estimate->bps, arrived);
}

/* --- the other reports ---------------------------------------------------------------- */

static bool is_fresh(uint64_t last, uint64_t now)
{
    return last != 0 && now - last < FRESH;
}

void estimate_remb(struct estimate *estimate, uint64_t now, uint64_t bps)
{
    estimate->remb = bounded((double)bps);
    estimate->remb_at = now;
}

void estimate_receiver_report(struct estimate *estimate, uint64_t now, uint8_t fraction)
{
    if (!is_fresh(estimate->feedback, now))
        loss_bound_fraction(&estimate->loss, now, estimate->remb, fraction);
}

/* --- what is known -------------------------------------------------------------------- */

/* Where packets leave and nothing is reported, the link may be dead: half for each second.
 */
static double by_delay(const struct estimate *estimate, uint64_t now)
{
    double bps = estimate->bps;

    if (estimate->sent > estimate->feedback)
        for (uint64_t past = SILENCE; past < now - estimate->feedback && bps > ESTIMATE_MIN;
             past += SILENCE)
            bps /= 2;
    return bps;
}

uint32_t estimate_bps(const struct estimate *estimate, uint64_t now)
{
    double bps = ESTIMATE_START;

    if (estimate->feedback != 0)
        bps = by_delay(estimate, now);
    if (is_fresh(estimate->remb_at, now)
        && (estimate->feedback == 0 || estimate->remb < bps))
        bps = estimate->remb;
    if (estimate->loss.bps != 0 && estimate->loss.bps < bps)
        bps = estimate->loss.bps;
    return (uint32_t)bounded(bps);
}

bool estimate_is_known(const struct estimate *estimate, uint64_t now)
{
    return is_fresh(estimate->feedback, now) || is_fresh(estimate->remb_at, now);
}

bool estimate_can_probe(const struct estimate *estimate, uint64_t now)
{
    return is_fresh(estimate->feedback, now);
}

void estimate_probe(struct estimate *estimate, uint64_t now, uint32_t bps)
{
    if (estimate->rate_probe.begun == 0)
        rate_probe_begin(&estimate->rate_probe, now,
                         bps < ESTIMATE_MAX ? bps : ESTIMATE_MAX);
}

uint64_t estimate_round_trip(const struct estimate *estimate)
{
    return estimate->feedback != 0 ? estimate->round_trip : 0;
}

bool estimate_is_probing(const struct estimate *estimate, uint64_t now)
{
    return rate_probe_is_sending(&estimate->rate_probe, now);
}

size_t estimate_padding(const struct estimate *estimate, uint64_t now)
{
    return rate_probe_due(&estimate->rate_probe, now);
}
