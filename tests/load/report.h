/* report.h - what is said at the end: a table, figures for machines, and a plot. */
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include "run_result.h"

/* What follows from one run. Negative: not measured. */
struct figures {
    double open_rate; /* handshakes per second, by the wall clock */
    double open_cpu;  /* us of the server, from first check to SRTP */
    double floor;     /* us of the four public-key calls */
    double open_cpu_x_floor;
    double signalling_cpu;   /* us, to expect it and answer the offer */
    double per_cpu_second;   /* handshakes, signalling included */
    double late;             /* ms, of the check or media packet that was latest */
    double longest;          /* s, between two checks of one association */
    double without_response; /* checks, when the next one was due */
    double hold_cpu;         /* us per association and second while all are held */
    double heap, rss;        /* bytes per association */
    double heap_own;         /* of it, what was taken since the first one came */
    double heap_begun;       /* before the first one came, bytes in all */
    double heap_again;       /* after reopening, x heap before */
    double heap_closed;      /* after all are closed, bytes in all */
    double latency[5];       /* ms: p50 p90 p99 p99.9 most */
};

extern const char *const latency_names[5];

/* Sorts the latencies. */
void figures_of(struct run *run, struct figures *figures);

void report_table(const struct run *runs, const struct figures *figures, size_t num);
bool report_json(const char *path, const struct run *runs, const struct figures *figures,
                 size_t num);

#endif
