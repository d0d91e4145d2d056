/* main.c - skiff-sfu-load: one publisher and many watchers of an SFU, and what that costs.
 */
#include "../../../samples/common/clock.h"
#include "load.h"
#include "process.h"

#include <stdio.h>
#include <stdlib.h>

enum { GRACE = 500000 /* microseconds, for what is on its way */ };

/* One moment of a run. */
struct moment {
    skiff_time at;
    uint64_t published, drops, server_cpu, own_cpu, mallocs;
};

static struct moment moment_now(const struct options *options, const struct load *load,
                                uint64_t published)
{
    return (struct moment){ .at = clock_now(),
                            .published = published,
                            .drops = load_drops(load),
                            .server_cpu = process_cpu(options->pid),
                            .own_cpu = process_own_cpu(),
                            .mallocs = process_mallocs(options->mallocs) };
}

static void print_server(const struct options *options, const struct moment *from,
                         const struct moment *to, double received)
{
    double cpu = (double)(to->server_cpu - from->server_cpu);

    if (options->pid != 0) {
        printf("server_packet_ns %.0f\n", cpu / received);
        printf("server_core_percent %.1f\n", cpu / (double)(to->at - from->at) / 10);
    }
    if (options->mallocs != NULL)
        printf("mallocs_per_packet %.6f\n",
               (double)(to->mallocs - from->mallocs) / received);
}

static void print_run(const struct options *options, const struct moment *from,
                      const struct moment *to, const struct arrivals *arrivals)
{
    double expected = (double)(to->published - from->published) * options->watchers;
    double received = (double)arrivals->received;

    printf("published %.0f\n", (double)(to->published - from->published));
    printf("received %.0f\n", received);
    printf("late %.0f\n", (double)arrivals->late);
    printf("missing_percent %.4f\n", 100 * (expected - received) / expected);
    printf("delay_p50_us %.0f\n", arrivals_delay(arrivals, 0.5));
    printf("delay_p99_us %.0f\n", arrivals_delay(arrivals, 0.99));
    printf("client_core_percent %.1f\n",
           (double)(to->own_cpu - from->own_cpu) / (double)(to->at - from->at) / 10);
    printf("client_drops %.0f\n", (double)(to->drops - from->drops));
    print_server(options, from, to, received);
}

static bool measure(const struct options *options, struct load *load)
{
    uint64_t before = process_memory(options->pid);

    if (!load_open(load))
        return false;
    printf("watchers %u\n", (unsigned)options->watchers);
    load_run(load, clock_now() + options->warm_up);
    if (options->pid != 0)
        printf("server_bytes_per_watcher %.0f\n",
               ((double)process_memory(options->pid) - (double)before) / options->watchers);
    struct moment from = moment_now(options, load, load_begin_window(load));
    load_run(load, from.at + options->window);
    struct moment to = moment_now(options, load, load_end_window(load));
    load_run(load, to.at + GRACE);
    printf("watching %u\n", (unsigned)load_watching(load));
    print_run(options, &from, &to, load_arrivals(load));
    return load_watching(load) == options->watchers;
}

int main(int argc, char **argv)
{
    struct options options;
    int code = EXIT_FAILURE;

    if (!options_read(&options, argc, argv, &code))
        return code;
    struct load *load = load_new(&options);
    bool well = load != NULL && measure(&options, load);
    if (load != NULL)
        load_close(load);
    load_free(load);
    return well ? EXIT_SUCCESS : EXIT_FAILURE;
}
