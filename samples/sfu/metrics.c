/* metrics.c - the numbers of the process in the text format of Prometheus. */
#include "metrics.h"

#include <dirent.h>
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Upper bounds of the time from the POST to the keys, in seconds. */
static const double bounds[] = { 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5 };

enum { BOUNDS = sizeof bounds / sizeof *bounds, CLASSES = 6 };

/* The counters of skiff are of 32 bits for each peer; their sums need more. */
struct peer_counters {
#define X(name, text) uint64_t name;
    SKIFF_COUNTER_LIST(X)
#undef X
};

struct metrics {
    double started;
    uint64_t responses[CLASSES]; /* by the first digit of their status */
    uint64_t setups[BOUNDS + 1];
    double setup_sum;
    double own_sum; /* seconds of our own in these setups */
    struct peer_counters ended;
    uint64_t bytes_sent, bytes_received;
};

struct metrics *metrics_new(double started)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);

    if (metrics != NULL)
        metrics->started = started;
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    free(metrics);
}

void metrics_count_response(struct metrics *metrics, unsigned status)
{
    metrics->responses[status / 100 < CLASSES ? status / 100 : 0]++;
}

void metrics_count_setup(struct metrics *metrics, const struct session_stats *stats)
{
    double seconds = (double)stats->stages.keys / 1e6;
    size_t i = 0;

    if (stats->stages.keys == SKIFF_NEVER)
        return;
    while (i < BOUNDS && seconds > bounds[i])
        i++;
    metrics->setups[i]++;
    metrics->setup_sum += seconds;
    metrics->own_sum += (double)stats->share / 1e6;
}

static void add_peer(struct peer_counters *sums, const skiff_counters *counters)
{
#define X(name, text) sums->name += counters->name;
    SKIFF_COUNTER_LIST(X)
#undef X
}

void metrics_count_end(struct metrics *metrics, const struct session_stats *stats)
{
    add_peer(&metrics->ended, &stats->counters);
    metrics->bytes_sent += stats->peer.bytes_sent;
    metrics->bytes_received += stats->peer.bytes_received;
}

/* --- lines -------------------------------------------------------------------------- */

static void write_head(GString *text, const char *name, const char *type, const char *help)
{
    g_string_append_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_gauge(GString *text, const char *name, const char *help, double value)
{
    write_head(text, name, "gauge", help);
    g_string_append_printf(text, "%s %.17g\n", name, value);
}

static void write_seconds(GString *text, const char *name, const char *help, double value)
{
    write_head(text, name, "counter", help);
    g_string_append_printf(text, "%s %.9g\n", name, value);
}

/* By the conventions of Prometheus the unit stands before _total: what is called bytes_x
 * becomes x_bytes_total. */
static void write_counter(GString *text, const char *prefix, const char *name,
                          const char *help, uint64_t value)
{
    static const char unit[] = "bytes_";
    bool bytes = strncmp(name, unit, sizeof unit - 1) == 0;
    char full[128];

    snprintf(full, sizeof full, "%s_%s%s_total", prefix,
             bytes ? name + sizeof unit - 1 : name, bytes ? "_bytes" : "");
    write_head(text, full, "counter", help);
    g_string_append_printf(text, "%s %" PRIu64 "\n", full, value);
}

/* --- the process -------------------------------------------------------------------- */

static unsigned count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned num = 0;

    if (folder == NULL)
        return 0;
    while (readdir(folder) != NULL)
        num++;
    closedir(folder);
    return num > 3 ? num - 3 : 0; /* ".", "..", and the folder itself */
}

static double resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long size = 0, resident = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%lu %lu", &size, &resident) != 2)
        resident = 0;
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void write_process(GString *text, const struct metrics *metrics)
{
    struct timespec used = { 0 };

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    write_seconds(text, "process_cpu_seconds_total", "CPU time of all threads",
                  (double)used.tv_sec + (double)used.tv_nsec / 1e9);
    write_gauge(text, "process_resident_memory_bytes", "resident memory", resident_bytes());
    write_gauge(text, "process_open_fds", "open descriptors", count_descriptors());
    write_gauge(text, "process_start_time_seconds", "start, since 1970", metrics->started);
}

/* --- signalling --------------------------------------------------------------------- */

static void write_responses(GString *text, const struct metrics *metrics)
{
    static const char name[] = "skiff_sfu_http_responses_total";

    write_head(text, name, "counter", "HTTP responses, by the class of their status");
    for (unsigned i = 1; i < CLASSES; i++)
        g_string_append_printf(text, "%s{class=\"%uxx\"} %" PRIu64 "\n", name, i,
                               metrics->responses[i]);
}

static void write_setups(GString *text, const struct metrics *metrics)
{
    static const char name[] = "skiff_sfu_setup_seconds";
    uint64_t sum = 0;

    write_head(text, name, "histogram", "time from the POST of a session to its keys");
    for (size_t i = 0; i < BOUNDS; i++) {
        sum += metrics->setups[i];
        g_string_append_printf(text, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, bounds[i],
                               sum);
    }
    sum += metrics->setups[BOUNDS];
    g_string_append_printf(
        text, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %.9g\n%s_count %" PRIu64 "\n",
        name, sum, name, metrics->setup_sum, name, sum);
    write_seconds(text, "skiff_sfu_setup_own_seconds_total",
                  "time from each datagram of these setups to its reply", metrics->own_sum);
}

static void write_lines(GString *text, const struct data_lines_counts *lines)
{
    write_counter(text, "skiff_sfu", "lines_written", "text lines written by publishers",
                  lines->lines);
    write_counter(text, "skiff_sfu", "lines_sent", "text lines sent to watchers",
                  lines->sent);
    write_counter(text, "skiff_sfu", "drop_lines", "text lines that a watcher did not get",
                  lines->dropped);
    write_counter(text, "skiff_sfu", "lines_refused",
                  "SCTP associations ended for breaking a rule", lines->refused);
}

/* --- media -------------------------------------------------------------------------- */

struct peer_sums {
    struct peer_counters counters;
    uint64_t bytes_sent, bytes_received;
};

static void add_session(void *user, const struct session_stats *stats)
{
    struct peer_sums *sums = user;

    add_peer(&sums->counters, &stats->counters);
    sums->bytes_sent += stats->peer.bytes_sent;
    sums->bytes_received += stats->peer.bytes_received;
}

static void write_peers(GString *text, const struct metrics *metrics, struct media *media)
{
    struct peer_sums sums = { metrics->ended, metrics->bytes_sent,
                              metrics->bytes_received };
    const struct peer_counters *counters = &sums.counters;

    media_each(media, add_session, &sums);
    write_counter(text, "skiff_peers", "bytes_sent", "bytes queued for peers",
                  sums.bytes_sent);
    write_counter(text, "skiff_peers", "bytes_received", "bytes accepted from peers",
                  sums.bytes_received);
#define X(name, help) write_counter(text, "skiff_peers", #name, help, counters->name);
    SKIFF_COUNTER_LIST(X)
#undef X
}

static void write_sessions(GString *text, const struct media_totals *totals)
{
    static const char name[] = "skiff_sfu_sessions";

    write_head(text, name, "gauge", "sessions at present");
    g_string_append_printf(text, "%s{kind=\"publisher\"} %u\n%s{kind=\"watcher\"} %u\n",
                           name, totals->publishers, name, totals->watchers);
    write_gauge(text, "skiff_sfu_streams", "streams at present", totals->streams);
    write_gauge(text, "skiff_sfu_workers", "threads of media", totals->workers);
}

static void write_media(GString *text, const struct media_totals *totals)
{
    const struct media_counters *counters = &totals->counters;
    const skiff_port_counters *port = &totals->port;

#define X(name, help) write_counter(text, "skiff_sfu", #name, help, counters->name);
    MEDIA_COUNTER_LIST(X)
#undef X
#define X(name, help) write_counter(text, "skiff_port", #name, help, port->name);
    SKIFF_PORT_COUNTER_LIST(X)
#undef X
}

char *metrics_text(const struct metrics *metrics, struct media *media,
                   const struct data_lines_counts *lines)
{
    GString *text = g_string_sized_new(32 * 1024);
    struct media_totals totals;

    media_get_totals(media, &totals);
    write_process(text, metrics);
    write_responses(text, metrics);
    write_setups(text, metrics);
    write_lines(text, lines);
    write_sessions(text, &totals);
    write_media(text, &totals);
    write_peers(text, metrics, media);
    return g_string_free(text, FALSE);
}
