/* main.c - one run with each server: a process for it, and this one that calls. */
#define _GNU_SOURCE
#include "client.h"
#include "meter.h"
#include "addresses.h"
#include "plot.h"
#include "report.h"
#include "complain.h"
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Bytes that an association takes in both processes together, roughly. */
enum { MAX_PEERS_SKIFF = 24 << 10, MAX_PEERS_LIBSSL = 128 << 10 };

static const struct service *const services[SERVER_KINDS] = { [SERVER_PORT] = &service_port,
                                                              [SERVER_SKIFF] =
                                                                  &service_skiff,
                                                              [SERVER_LIBSSL] =
                                                                  &service_libssl };

/* --- what the machine refuses ------------------------------------------------------ */

static bool has_memory(const struct options *options)
{
    uint64_t each = options->with[SERVER_LIBSSL] ? MAX_PEERS_LIBSSL : MAX_PEERS_SKIFF;
    uint64_t wanted = each * options->peers, there = meter_available();
    char why[96];

    if (there == 0 || wanted <= there)
        return true;
    snprintf(why, sizeof why, "%u peers want some %llu MiB, %llu MiB are available",
             options->peers, (unsigned long long)(wanted >> 20),
             (unsigned long long)(there >> 20));
    return complain("memory", why);
}

static bool has_addresses(const struct options *options)
{
    uint32_t turns = options->reopen / options->peers + 2;

    return address_turns(options->peers) >= turns
        || complain("--reopen", "there are not so many addresses in 127/8");
}

/* --- a run ------------------------------------------------------------------------- */

static bool run_with(const struct options *options, enum server_kind kind, struct run *run)
{
    struct signalling here, there;
    int status = 0;

    run->kind = kind;
    if (!signalling_pair(&here, &there))
        return complain("the line between the processes", strerror(errno));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        signalling_close(&here);
        exit(server_run(options, services[kind], &there));
    }
    signalling_close(&there);
    if (child < 0)
        return complain("a process for the server", strerror(errno));
    bool well = client_run(options, &here, run);
    signalling_close(&here);
    (void)waitpid(child, &status, 0);
    if (well && status != 0)
        return complain("the server", "did not end well");
    return well;
}

static bool is_good(const struct run *run)
{
    return run->alive == run->peers && run->failed == 0 && run->silent == 0;
}

static bool write_files(const struct options *options, const struct run *runs,
                        const struct figures *figures, size_t num)
{
    if (!plot_write(options->plot, runs, figures, num))
        return complain(options->plot, strerror(errno));
    printf("\nplotted in %s\n", options->plot);
    if (options->json != NULL && !report_json(options->json, runs, figures, num))
        return complain(options->json, strerror(errno));
    return true;
}

static bool run_all(const struct options *options, struct run *runs)
{
    struct figures figures[SERVER_KINDS];
    size_t num = 0;
    bool good = true;

    for (int kind = 0; kind < SERVER_KINDS; kind++)
        if (options->with[kind]) {
            if (!run_with(options, (enum server_kind)kind, &runs[num]))
                return false;
            figures_of(&runs[num], &figures[num]);
            good = is_good(&runs[num++]) && good;
        }
    report_table(runs, figures, num);
    if (!write_files(options, runs, figures, num))
        return false;
    return good || complain("the associations", "not all were there and well to the end");
}

/* Both processes write into one file. */
static bool open_trace(const struct options *options)
{
    FILE *file;

    if (options->trace == NULL)
        return true;
    file = trace_file_open(options->trace);
    if (file == NULL)
        return complain(options->trace, strerror(errno));
    options->ends[LOAD_CLIENT] = (struct trace_file){ file, "client" };
    options->ends[LOAD_SERVER] = (struct trace_file){ file, "server" };
    return true;
}

int main(int argc, char **argv)
{
    struct trace_file ends[LOAD_ENDS] = { { NULL, NULL } };
    struct options options;
    int code = EXIT_SUCCESS;

    if (!options_read(&options, argc, argv, &code))
        return code;
    options.ends = ends;
    if (!has_addresses(&options) || !has_memory(&options) || !open_trace(&options))
        return EXIT_FAILURE;
    struct run *runs = calloc(SERVER_KINDS, sizeof *runs);
    if (runs == NULL || !run_all(&options, runs))
        code = EXIT_FAILURE;
    for (int kind = 0; runs != NULL && kind < SERVER_KINDS; kind++)
        free(runs[kind].latencies);
    free(runs);
    if (ends[LOAD_CLIENT].file != NULL)
        fclose(ends[LOAD_CLIENT].file);
    return code;
}
