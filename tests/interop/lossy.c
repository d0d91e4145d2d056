/* lossy.c - how long it takes until both ends can export keys where a fifth of all
 * datagrams is lost: DTLS 1.3 of skiff must take no longer than DTLS 1.2 of libssl. That is
 * asked of the median and, since half of the worlds lose nothing that it needs, of p90 and
 * p99 too.
 *
 *     interop_lossy           tells all worlds, and fails when skiff is slower or fails
 *     interop_lossy SEED      draws one of them
 *
 * A world has decided which datagrams are lost, by direction and number, before anything is
 * said. In it both libraries have the same delay, MTU, certificates, group and timers: a
 * new flight waits for `first`, each repetition doubles that up to `last`. skiff is told
 * its first wait, so that it does not go by the round trip; libssl asks for both
 * (DTLS_set_timer_cb), and may fire up to 15 ms early, as it always does. What else they do
 * to get through, such as ACKs and answers to what is repeated, is their own, and is what
 * is compared.
 */
#include <stdio.h>
#include <stdlib.h>

#include "peer_world.h"

enum { WORLDS = 1000, LOST_OF_1000 = 200, MTU = 1200, FATES = 512 };
enum { X25519 = 29, SECP256R1 = 23, ECDSA_AES_128_GCM = 0xc02b };

#define DELAY        SKIFF_MSEC(10)
#define PATH_TIMEOUT SKIFF_MSEC(300000)

struct timers {
    skiff_time first, last;
};

/* What skiff does by itself, and what RFC 6347 section 4.2.4.1 says. */
static const struct timers timers[] = {
    { SKIFF_MSEC(50), SKIFF_MSEC(10000) },
    { SKIFF_MSEC(1000), SKIFF_MSEC(60000) },
};
enum { TIMERS = sizeof timers / sizeof *timers };

/* Who shakes hands; version 0 is libssl, in 1.2. */
struct couple {
    const char *name;
    uint16_t version;
};
enum { OURS, THEIRS = 2, COUPLES };
/* clang-format off */
static const struct couple couples[COUPLES] = {
    { "skiff 1.3",  SKIFF_DTLS_1_3 },
    { "skiff 1.2",  SKIFF_DTLS_1_2 },
    { "libssl 1.2", 0              },
};
/* clang-format on */

/* All worlds of a couple. */
struct run {
    const struct couple *couple;
    const struct timers *timers;
    skiff_context *contexts[2];
    bool draw;
    skiff_time elapsed[WORLDS];
    size_t num_elapsed;
    unsigned failed;
    uint64_t slowest; /* the seed */
    skiff_time longest;
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "lossy: %s\n", what);
    exit(EXIT_FAILURE);
}

/* --- the network ---------------------------------------------------------------------- */

struct fates {
    bool lost[2][FATES];
};

static void choose_fates(struct world *world, struct fates *fates)
{
    for (int from = 0; from < 2; from++)
        for (size_t i = 0; i < FATES; i++)
            fates->lost[from][i] = world_chance(world, 1000) < LOST_OF_1000;
}

static void lose(struct world *world, struct world_datagram *datagram)
{
    const struct fates *fates = world->config.user;

    must(datagram->number < FATES, "more datagrams than fates");
    if (fates->lost[datagram->from][datagram->number])
        datagram->copies = 0;
}

/* --- skiff ---------------------------------------------------------------------------- */

static skiff_bytes text(const char *string)
{
    return (skiff_bytes){ (const uint8_t *)string, strlen(string) };
}

static const skiff_identity *identity(int i)
{
    static skiff_identity *made[2];
    const struct credential *credential = credential_of(P256, i);

    must(credential != NULL, "no certificate");
    if (made[i] == NULL)
        must(skiff_identity_from_pem(text(credential->chain), text(credential->key),
                                     &made[i])
                 == SKIFF_OK,
             "no identity");
    return made[i];
}

static void make_contexts(struct run *run)
{
    static const uint16_t groups[] = { X25519, SECP256R1 };
    static const skiff_srtp_profile profile = SKIFF_SRTP_AEAD_AES_128_GCM;
    skiff_context_config config = skiff_context_defaults();

    config.max_version = run->couple->version;
    config.groups = groups;
    config.num_groups = 2;
    config.profiles = &profile;
    config.num_profiles = 1;
    config.mtu = MTU;
    config.initial_timeout = run->timers->first;
    config.max_timeout = run->timers->last;
    config.handshake_timeout = PATH_TIMEOUT;
    for (int i = 0; i < 2; i++) {
        config.identity = identity(i);
        run->contexts[i] = world_context(i, &config);
    }
}

static void introduce(struct world *world)
{
    skiff_fingerprint expected;

    for (int i = 0; i < 2; i++) {
        skiff_identity_fingerprint(identity(1 - i), &expected);
        must(skiff_dtls_expect(world->ends[i].dtls, &expected, 1) == SKIFF_OK, "expect");
    }
}

static void run_skiff_world(struct run *run, struct world *world,
                            const struct world_config *config)
{
    world_begin(world, config);
    choose_fates(world, config->user);
    introduce(world);
    world_run(world, PATH_TIMEOUT);
    run->failed += !world_both_connected(world) || !world_keys_agree(world);
}

/* --- libssl --------------------------------------------------------------------------- */

static void open_libssl(struct peer_world *peer_world, const struct timers *waits)
{
    struct end_config config[2];

    for (int i = 0; i < 2; i++)
        config[i] = (struct end_config){ .server = i == WORLD_SERVER,
                                         .credential = credential_of(P256, i),
                                         .suite = ECDSA_AES_128_GCM,
                                         .group = X25519,
                                         .profile = SKIFF_SRTP_AEAD_AES_128_GCM,
                                         .mtu = MTU,
                                         .first_wait = (uint32_t)waits->first,
                                         .last_wait = (uint32_t)waits->last };
    must(peer_world_open(peer_world, config), "libssl refused its configuration");
}

static void run_libssl_world(struct run *run, struct world *world,
                             const struct world_config *config)
{
    static struct peer_world peer_world;
    struct world_config with_peer = *config;

    open_libssl(&peer_world, run->timers);
    with_peer.peer = &peer_world.world;
    world_begin(world, &with_peer);
    choose_fates(world, config->user);
    world_run(world, PATH_TIMEOUT);
    run->failed += !world_both_connected(world) || !peer_world_keys_agree(&peer_world);
    peer_world_close(&peer_world);
}

/* --- the worlds ----------------------------------------------------------------------- */

static void note_time(struct run *run, const struct world *world)
{
    skiff_time a = world->ends[0].connected_at, b = world->ends[1].connected_at;
    skiff_time elapsed =
        world_both_connected(world) ? (a > b ? a : b) - world->began : PATH_TIMEOUT;

    run->elapsed[run->num_elapsed++] = elapsed;
    if (elapsed <= run->longest)
        return;
    run->longest = elapsed;
    run->slowest = world->config.seed;
}

static void run_world(struct run *run, uint64_t seed)
{
    static struct world world;
    struct fates fates;
    struct world_config config = { .seed = seed,
                                   .delay = DELAY,
                                   .strangers = true,
                                   .context = { run->contexts[0], run->contexts[1] },
                                   .meddler = lose,
                                   .user = &fates };

    if (run->couple->version != 0)
        run_skiff_world(run, &world, &config);
    else
        run_libssl_world(run, &world, &config);
    note_time(run, &world);
    if (run->draw)
        world_picture(&world);
    world_end(&world);
}

static void run_all_worlds(struct run *run, uint64_t first, uint64_t last)
{
    if (run->couple->version != 0)
        make_contexts(run);
    for (uint64_t seed = first; seed <= last; seed++)
        run_world(run, seed);
    for (int i = 0; i < 2; i++)
        skiff_context_free(run->contexts[i]);
}

/* --- the figures ---------------------------------------------------------------------- */

static int by_length(const void *a, const void *b)
{
    const skiff_time *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* What so many of a thousand took at most. */
enum { MEDIAN = 500, P90 = 900, P99 = 990 };

static skiff_time within(const struct run *run, unsigned of_1000)
{
    return run->elapsed[WORLDS * of_1000 / 1000 - 1];
}

static double msec(skiff_time time)
{
    return (double)time / 1000;
}

static void print(const struct run *run)
{
    printf("%-10s  %4.0f to %5.0f ms: median %4.0f ms, p90 %4.0f, p99 %5.0f, longest %6.0f "
           "(seed %llu), %u of %d failed\n",
           run->couple->name, msec(run->timers->first), msec(run->timers->last),
           msec(within(run, MEDIAN)), msec(within(run, P90)), msec(within(run, P99)),
           msec(run->longest), (unsigned long long)run->slowest, run->failed, WORLDS);
}

static bool is_no_slower(const struct run *ours, const struct run *theirs)
{
    static const unsigned of_1000[] = { MEDIAN, P90, P99 };
    bool good = ours->failed == 0;

    for (size_t i = 0; i < sizeof of_1000 / sizeof *of_1000; i++)
        good &= within(ours, of_1000[i]) <= within(theirs, of_1000[i]);
    return good;
}

static bool compare(const struct timers *waits)
{
    static struct run runs[COUPLES];

    for (int i = 0; i < COUPLES; i++) {
        runs[i] = (struct run){ .couple = &couples[i], .timers = waits };
        run_all_worlds(&runs[i], 1, WORLDS);
        qsort(runs[i].elapsed, WORLDS, sizeof *runs[i].elapsed, by_length);
        print(&runs[i]);
    }
    return is_no_slower(&runs[OURS], &runs[THEIRS]);
}

static void draw(uint64_t seed)
{
    static struct run run;

    for (int i = 0; i < COUPLES; i++) {
        run = (struct run){ .couple = &couples[i], .timers = &timers[0], .draw = true };
        fprintf(stderr, "%s: ", couples[i].name);
        run_all_worlds(&run, seed, seed);
    }
}

int main(int argc, char **argv)
{
    bool good = true;

    if (argc > 1) {
        draw(strtoull(argv[1], NULL, 10));
        return EXIT_SUCCESS;
    }
    for (size_t i = 0; i < TIMERS; i++)
        good &= compare(&timers[i]);
    if (!good)
        puts("skiff 1.3 failed in a world, or was slower than libssl");
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
