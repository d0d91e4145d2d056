/* check_bench.c - what a connectivity check costs a port: it is read, judged and answered,
 * by skiff and by libnice's STUN library, which answered before. Checks are of 200,000
 * peers in random order, each with a password of its own, or of 100 that are in the cache.
 *
 * Prints lines of "name value": nanoseconds of CPU, medians of the rounds, and mallocs for
 * a check.
 */
#include "../ice/oracle.h"
#include "../port/stun_client.h"
#include "count.h"
#include "raw.h"

#include <stdio.h>
#include <stdlib.h>

enum { PEERS = 200000, HOT = 100, CHECK = 128, ROUNDS = 21, IN_ROUND = 20000 };

struct check_request {
    uint8_t check[CHECK];
    size_t len;
    char password[32];
};

struct bench {
    struct check_request *requests;
    uint32_t *order;
    struct stun stun;
    struct oracle oracle;
    union address source;
    uint8_t space[STUN_MAX_RESPONSE + SKIFF_TAIL];
    size_t bad;
};

typedef void (*responder)(struct bench *bench, const struct check_request *request);

static skiff_packet reply_of(struct bench *bench)
{
    return (skiff_packet){ .data = bench->space, .limit = STUN_MAX_RESPONSE };
}

static void skiff_responds(struct bench *bench, const struct check_request *request)
{
    skiff_packet reply = reply_of(bench);
    struct stun_check parsed;

    if (!skf_stun_read((skiff_bytes){ request->check, request->len }, &parsed)
        || skf_stun_respond(&bench->stun, &parsed, request->password, &bench->source,
                            &reply)
               != STUN_NOMINATING)
        bench->bad++;
}

/* As the port did: what was shown to libnice was read first. */
static void nice_responds(struct bench *bench, const struct check_request *request)
{
    skiff_packet reply = reply_of(bench);
    skiff_bytes check = { request->check, request->len };
    struct stun_check parsed;

    if (!skf_stun_read(check, &parsed)
        || oracle_respond(&bench->oracle, check, request->password, &bench->source, &reply)
               != STUN_NOMINATING)
        bench->bad++;
}

static double round_ns(struct bench *bench, responder respond, size_t peers)
{
    static size_t at;
    double begun = cpu_ns();

    for (size_t i = 0; i < IN_ROUND; i++)
        respond(bench, &bench->requests[bench->order[at++ % PEERS] % peers]);
    return (cpu_ns() - begun) / IN_ROUND;
}

/* One after the other in each round, so that both meet the same machine. */
static void compare(struct bench *bench, size_t peers, const char *name)
{
    double ours[ROUNDS], theirs[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++) {
        ours[i] = round_ns(bench, skiff_responds, peers);
        theirs[i] = round_ns(bench, nice_responds, peers);
    }
    printf("check_%s_ns %.0f\n", name, median_of(ours, ROUNDS));
    printf("nice_check_%s_ns %.0f\n", name, median_of(theirs, ROUNDS));
}

static void print_mallocs(struct bench *bench, responder respond, const char *name)
{
    uint64_t before = count_now().allocs;

    (void)round_ns(bench, respond, HOT);
    printf("%s %.3f\n", name, (double)(count_now().allocs - before) / IN_ROUND);
}

static void make_requests(struct bench *bench)
{
    uint64_t seed = 1;

    for (uint32_t i = 0; i < PEERS; i++) {
        struct check_request *request = &bench->requests[i];
        seed = seed * UINT64_C(6364136223846793005) + 1;
        snprintf(request->password, sizeof request->password, "%08x%08x%08x", i,
                 (unsigned)(seed >> 32), (unsigned)seed);
        bench->order[i] = (uint32_t)(seed >> 32) % PEERS;
        request->len = stun_client_check(request->check, "AAAAAabcdefgh:abcd",
                                         request->password, true);
    }
}

int main(void)
{
    static struct bench bench;

    bench.requests = malloc(PEERS * sizeof *bench.requests);
    bench.order = malloc(PEERS * sizeof *bench.order);
    demand(bench.requests != NULL && bench.order != NULL, "malloc");
    demand(skf_stun_new(&bench.stun), "skf_stun_new");
    demand(skf_address_read("192.0.2.1:5000", &bench.source), "skf_address_read");
    oracle_init(&bench.oracle);
    make_requests(&bench);
    compare(&bench, PEERS, "cold");
    compare(&bench, HOT, "hot");
    print_mallocs(&bench, skiff_responds, "check_mallocs");
    print_mallocs(&bench, nice_responds, "nice_check_mallocs");
    demand(bench.bad == 0, "each check is answered");
    skf_stun_free(&bench.stun);
    free(bench.requests);
    free(bench.order);
    return EXIT_SUCCESS;
}
