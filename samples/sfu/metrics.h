/* metrics.h - the numbers of the process in the text format of Prometheus, version 0.0.4.
 * Knows no session after its end, but what its counters added to the sums. */
#ifndef SAMPLES_SFU_METRICS_H
#define SAMPLES_SFU_METRICS_H

#include "data_lines.h"
#include "media.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics;

/* NULL: no memory. `started` is in seconds since 1970. */
struct metrics *metrics_new(double started);
void metrics_free(struct metrics *metrics);

/* A response with this status was sent. */
void metrics_count_response(struct metrics *metrics, unsigned status);

/* The stages of a session that has just been connected. */
void metrics_count_setup(struct metrics *metrics, const struct session_stats *stats);

/* A session ends: what it counted stays in the sums, so that none of them falls. */
void metrics_count_end(struct metrics *metrics, const struct session_stats *stats);

/* For the caller to free by g_free. */
char *metrics_text(const struct metrics *metrics, struct media *media,
                   const struct data_lines_counts *lines);

#endif
