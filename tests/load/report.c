/* report.c - figures from what was measured, as a table and as JSON. */
#include "report.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

const char *const latency_names[5] = { "p50", "p90", "p99", "p99.9", "most" };

static const double permille[5] = { 500, 900, 990, 999, 1000 };

/* --- figures ----------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void find_latencies(struct run *run, struct figures *figures)
{
    qsort(run->latencies, run->num_latencies, sizeof *run->latencies, by_size);
    for (int i = 0; i < 5; i++) {
        double at = permille[i] / 1000 * (double)(run->num_latencies - 1);
        figures->latency[i] = -1;
        if (run->num_latencies > 0)
            figures->latency[i] = run->latencies[(size_t)at] / 1e3;
    }
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : -1;
}

/* Of the time when the server has only opened: its CPU without what is beside that. */
static void find_opening(const struct run *run, struct figures *figures)
{
    const struct report *a = &run->marks[BEGUN].report;
    const struct report *b = &run->marks[PURELY_OPENED].report;
    double opened = (double)(b->connects - a->connects);
    double signalling = (double)(b->cpu_signalling - a->cpu_signalling);
    double serving = (double)(b->cpu - a->cpu) - (double)(b->cpu_floor - a->cpu_floor);

    figures->open_cpu = ratio((serving - signalling) / 1e3, opened);
    figures->signalling_cpu = ratio(signalling / 1e3, opened);
    figures->per_cpu_second = ratio(opened, serving / 1e9);
    figures->floor = (double)b->floor / 1e3;
    figures->open_cpu_x_floor = ratio(figures->open_cpu, figures->floor);
    figures->open_rate = ratio((double)run->marks[ALL_OPENED].report.connects,
                               (double)run->marks[ALL_OPENED].at / 1e6);
}

static void find_holding(const struct run *run, struct figures *figures)
{
    const struct mark *a = &run->marks[ALL_OPENED], *b = &run->marks[HELD];
    double cpu = (double)(b->report.cpu - a->report.cpu) / 1e3;
    double seconds = (double)(b->at - a->at) / 1e6;

    figures->hold_cpu = ratio(cpu, seconds * run->peers);
    figures->heap = figures->heap_own = figures->heap_again = -1;
    figures->heap_begun = figures->heap_closed = -1;
    figures->rss = ratio((double)b->report.rss, run->peers);
}

/* By DTLS alone there are no checks. */
static void find_keeping(const struct run *run, struct figures *figures)
{
    bool checked = run->kind == SERVER_PORT;

    figures->late = (double)run->late / 1e3;
    figures->longest = checked ? (double)run->longest / 1e6 : -1;
    figures->without_response = checked ? (double)run->without_response : -1;
}

static double heap_at(const struct run *run, enum moment moment)
{
    return (double)run->marks[moment].report.heap;
}

/* Where malloc does not say how much it has handed out, nothing of this is known. */
static void find_heap(const struct run *run, struct figures *figures)
{
    double held = heap_at(run, HELD), begun = heap_at(run, BEGUN);

    if (held <= 0)
        return;
    figures->heap = held / run->peers;
    figures->heap_own = (held - begun) / run->peers;
    figures->heap_begun = begun;
    figures->heap_closed = heap_at(run, ALL_CLOSED);
    if (run->marks[HELD_AGAIN].valid)
        figures->heap_again = heap_at(run, HELD_AGAIN) / held;
}

void figures_of(struct run *run, struct figures *figures)
{
    find_latencies(run, figures);
    find_opening(run, figures);
    find_holding(run, figures);
    find_keeping(run, figures);
    find_heap(run, figures);
}

/* --- the table --------------------------------------------------------------------- */

enum { NAME = 44, CELL = 22 };

static void print_row(const char *name, const double *values, size_t num, int digits)
{
    printf("%-*s", NAME, name);
    for (size_t i = 0; i < num; i++)
        if (values[i] < 0)
            printf("%*s", CELL, "-");
        else
            printf("%*.*f", CELL, digits, values[i]);
    printf("\n");
}

static void print_heads(const struct run *runs, size_t num)
{
    printf("\n%-*s", NAME, "");
    for (size_t i = 0; i < num; i++)
        printf("%*s", CELL, server_title(runs[i].kind));
    printf("\n%-*s", NAME, "DTLS");
    for (size_t i = 0; i < num; i++)
        printf("%*s", CELL,
               runs[i].marks[HELD].report.version == SKIFF_DTLS_1_3 ? "1.3" : "1.2");
    printf("\n");
}

/* Each row is a member of figures, by its place there. */
static const struct row {
    const char *name, *json;
    size_t at;
    int digits;
} rows[] = {
#define ROW(member, digits, json, name)                                                    \
  {                                                                                        \
    name, json, offsetof(struct figures, member), digits                                   \
  }
    ROW(open_rate, 0, "open_rate", "handshakes per second"),
    ROW(latency[0], 2, "latency_p50_ms", "first check to SRTP, ms: half in"),
    ROW(latency[1], 2, "latency_p90_ms", "    90 % in"),
    ROW(latency[2], 2, "latency_p99_ms", "    99 % in"),
    ROW(latency[3], 2, "latency_p999_ms", "    99.9 % in"),
    ROW(latency[4], 2, "latency_most_ms", "    all in"),
    ROW(open_cpu, 1, "open_cpu_us", "server's CPU, first check to SRTP, us"),
    ROW(open_cpu_x_floor, 3, "open_cpu_x_floor", "    x the floor of the same run"),
    ROW(floor, 1, "open_floor_us", "    the floor: sign, verify, keygen, derive"),
    ROW(signalling_cpu, 1, "signalling_cpu_us", "    and before it, to be expected, us"),
    ROW(per_cpu_second, 0, "handshakes_per_cpu_second", "handshakes per CPU second"),
    ROW(late, 1, "keepalive_late_ms", "the latest check or media packet, ms late"),
    ROW(longest, 2, "consent_longest_s", "longest between two checks of one, s"),
    ROW(without_response, 0, "checks_unanswered",
        "checks without an answer until the next"),
    ROW(hold_cpu, 1, "hold_cpu_us_per_second", "server's CPU to keep one, us per second"),
    ROW(heap, 0, "peer_heap_bytes", "heap of the server for one, bytes"),
    ROW(heap_own, 0, "peer_heap_own_bytes", "    of it taken since the first one came"),
    ROW(rss, 0, "peer_rss_bytes", "resident memory of the server for one, bytes"),
    ROW(heap_again, 4, "heap_again_x", "heap after reopening, x before"),
    ROW(heap_begun, 0, "heap_begun_bytes", "heap before the first one, bytes in all"),
    ROW(heap_closed, 0, "heap_closed_bytes", "heap after the last one, bytes in all"),
#undef ROW
};

static double value_of(const struct figures *figures, const struct row *row)
{
    double value;

    memcpy(&value, (const char *)figures + row->at, sizeof value);
    return value;
}

void report_table(const struct run *runs, const struct figures *figures, size_t num)
{
    double alive[SERVER_KINDS], failed[SERVER_KINDS], silent[SERVER_KINDS];
    double values[SERVER_KINDS];

    print_heads(runs, num);
    for (size_t i = 0; i < num; i++) {
        alive[i] = runs[i].alive;
        failed[i] = runs[i].failed;
        silent[i] = runs[i].silent;
    }
    print_row("associations alive at once", alive, num, 0);
    print_row("failed", failed, num, 0);
    print_row("silent for 30 s at some time", silent, num, 0);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        for (size_t i = 0; i < num; i++)
            values[i] = value_of(&figures[i], &rows[r]);
        print_row(rows[r].name, values, num, rows[r].digits);
    }
}
/* --- for machines ------------------------------------------------------------------ */

static const char *const prefixes[SERVER_KINDS] = {
    [SERVER_PORT] = "", [SERVER_SKIFF] = "dtls_", [SERVER_LIBSSL] = "libssl_"
};

static void write_run(FILE *file, const struct run *run, const struct figures *figures)
{
    const char *prefix = prefixes[run->kind];

    fprintf(file, "  \"%speers_alive\": %u,\n", prefix, run->alive);
    fprintf(file, "  \"%sfailed\": %u,\n", prefix, run->failed);
    fprintf(file, "  \"%ssilent\": %u,\n", prefix, run->silent);
    fprintf(file, "  \"%sserver_rss_bytes\": %llu,\n", prefix,
            (unsigned long long)run->marks[HELD].report.rss);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        double value = value_of(figures, &rows[r]);
        if (value >= 0)
            fprintf(file, "  \"%s%s\": %.4f,\n", prefix, rows[r].json, value);
    }
    fprintf(file, "  \"%speers\": %u", prefix, run->peers);
}

static void write_ratios(FILE *file, const struct figures *skiff,
                         const struct figures *libssl)
{
    fprintf(file, ",\n  \"libssl_heap_x_skiff\": %.2f", ratio(libssl->heap, skiff->heap));
    fprintf(file, ",\n  \"skiff_handshakes_x_libssl\": %.2f",
            ratio(skiff->per_cpu_second, libssl->per_cpu_second));
}

bool report_json(const char *path, const struct run *runs, const struct figures *figures,
                 size_t num)
{
    const struct figures *of[SERVER_KINDS] = { NULL };
    FILE *file = fopen(path, "we");

    if (file == NULL)
        return false;
    fprintf(file, "{\n");
    for (size_t i = 0; i < num; i++) {
        write_run(file, &runs[i], &figures[i]);
        if (i + 1 < num)
            fprintf(file, ",\n");
        of[runs[i].kind] = &figures[i];
    }
    if (of[SERVER_SKIFF] != NULL && of[SERVER_LIBSSL] != NULL)
        write_ratios(file, of[SERVER_SKIFF], of[SERVER_LIBSSL]);
    fprintf(file, "\n}\n");
    return fclose(file) == 0;
}
