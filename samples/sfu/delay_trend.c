/* delay_trend.c - whether the queue of a link grows (draft-ietf-rmcat-gcc-02 section 5).
 *
 * The draft estimates the gradient of the delay by a Kalman filter (section 5.3). This file
 * fits a line through the delays of the last groups instead: its slope is the same
 * gradient, and shows a slow growth that single differences hide in their jitter.
 */
#include "delay_trend.h"

#include <string.h>

/* Microseconds: section 5.2 and 5.6 for the burst. */
enum { BURST_TIME = 5000, LONGEST_GAP = 3000000 };

/* A slope is scaled by the number of differences that it rests on, so that a few do not
 * count for much, and by a gain that makes it comparable to the threshold. */
enum { MOST_DELTAS = 60 };
static const double gain = 4, smoothing = 0.9;

/* Section 5.4 and 5.6, in milliseconds: the threshold rises and falls with the trend
 * itself, or another flow that fills the queue would leave this one nothing. */
static const double first_threshold = 12.5, least_threshold = 6, most_threshold = 600;
static const double outlier = 15, threshold_up = 0.0087, threshold_down = 0.039;
static const double longest_update = 100, overuse_time = 10;

void delay_trend_init(struct delay_trend *trend)
{
    *trend = (struct delay_trend){ .threshold = first_threshold };
}

/* After a gap the delays before it mean nothing. */
static void restart(struct delay_trend *trend)
{
    double threshold = trend->threshold;

    delay_trend_init(trend);
    trend->threshold = threshold;
}

static double between(double least, double value, double most)
{
    return value < least ? least : value > most ? most : value;
}

static double magnitude(double value)
{
    return value < 0 ? -value : value;
}

/* By least squares: growth of delay per time, without a unit. */
static double slope(const struct delay_trend *trend)
{
    const double n = DELAY_TREND_GROUPS;
    double mean_at = 0, mean_value = 0, above = 0, below = 0;

    for (size_t i = 0; i < DELAY_TREND_GROUPS; i++) {
        mean_at += trend->at[i] / n;
        mean_value += trend->value[i] / n;
    }
    for (size_t i = 0; i < DELAY_TREND_GROUPS; i++) {
        double at = trend->at[i] - mean_at;

        above += at * (trend->value[i] - mean_value);
        below += at * at;
    }
    return below > 0 ? above / below : 0;
}

static void update_threshold(struct delay_trend *trend, double size, double elapsed)
{
    double speed = size < trend->threshold ? threshold_down : threshold_up;

    if (size > trend->threshold + outlier)
        return;
    elapsed = elapsed < longest_update ? elapsed : longest_update;
    trend->threshold += speed * (size - trend->threshold) * elapsed;
    trend->threshold = between(least_threshold, trend->threshold, most_threshold);
}

/* Section 5.4: overuse is what lasts, and does not get less by itself. */
static void detect(struct delay_trend *trend, double value, double elapsed)
{
    if (value > trend->threshold) {
        trend->over += elapsed;
        trend->times_over++;
        if (trend->over > overuse_time && trend->times_over > 1
            && value >= trend->last_value) {
            trend->over = 0;
            trend->times_over = 0;
            trend->use = LINK_OVERUSED;
        }
    } else {
        trend->over = 0;
        trend->times_over = 0;
        trend->use = value < -trend->threshold ? LINK_UNDERUSED : LINK_NORMAL;
    }
    trend->last_value = value;
    update_threshold(trend, magnitude(value), elapsed);
}

static void add_delta(struct delay_trend *trend, double delta, double elapsed)
{
    size_t i = trend->deltas % DELAY_TREND_GROUPS;
    uint32_t counted;

    if (trend->deltas == 0)
        trend->begun = trend->group.arrived;
    trend->delay += delta;
    trend->smoothed = smoothing * trend->smoothed + (1 - smoothing) * trend->delay;
    trend->at[i] = (double)(trend->group.arrived - trend->begun) / 1000;
    trend->value[i] = trend->smoothed;
    trend->deltas++;
    if (trend->deltas < DELAY_TREND_GROUPS)
        return;
    counted = trend->deltas < MOST_DELTAS ? trend->deltas : MOST_DELTAS;
    detect(trend, counted * gain * slope(trend), elapsed);
}

/* Section 5.1: the difference of delay between this group and the one before. */
static void end_group(struct delay_trend *trend)
{
    const struct packet_group *now = &trend->group, *before = &trend->previous;

    if (before->used) {
        int64_t sent = (int64_t)(now->last_sent - before->last_sent);
        int64_t arrived = (int64_t)(now->arrived - before->arrived);

        if (sent > LONGEST_GAP || arrived > LONGEST_GAP || arrived < -LONGEST_GAP)
            restart(trend);
        else if (arrived >= 0)
            add_delta(trend, (double)(arrived - sent) / 1000, (double)sent / 1000);
    }
    trend->previous = trend->group;
}

/* Section 5.2: what waited somewhere and left in one burst is one group, too. */
static bool is_of_group(const struct packet_group *group, uint64_t sent, uint64_t arrived)
{
    int64_t waited = (int64_t)(arrived - group->arrived);
    int64_t apart = (int64_t)(sent - group->last_sent);

    return sent - group->first_sent <= BURST_TIME
        || (waited <= BURST_TIME && waited < apart);
}

void delay_trend_add(struct delay_trend *trend, uint64_t sent, uint64_t arrived)
{
    struct packet_group *group = &trend->group;

    if (group->used && sent < group->first_sent)
        return;
    if (group->used && is_of_group(group, sent, arrived)) {
        group->last_sent = sent > group->last_sent ? sent : group->last_sent;
        group->arrived = arrived > group->arrived ? arrived : group->arrived;
        return;
    }
    if (group->used)
        end_group(trend);
    trend->group = (struct packet_group){ sent, sent, arrived, true };
}
