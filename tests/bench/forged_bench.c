/* forged_bench.c - what a forged datagram costs who is in DTLS with somebody else, beside
 * the longest record that can be forged.
 *
 * An association, and a handshake whose peer is silent, are given a batch of each kind of
 * forged.h, and a second one like it a batch of the long ones, by turns. Each datagram is
 * taken in and polled for, as an application does; a value is the median of the rounds'
 * ratios, of CPU time. The rounds of one kind take less than a millisecond, so all of them
 * may meet with a disturbance: all kinds have three turns, and the median of these counts.
 * There are no sockets, which would hide what datagrams cost, and time stands still. Prints
 * lines of "name value": of the ends in a column the worst.
 */
#include "forged.h"
#include "raw.h"

#include <skiff/transport.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 32, ROUNDS = 31, WARM_UP = 3, TURNS = 3, CLIENT = 0, SERVER = 1, ENDS = 2 };

#define NOW SKIFF_MSEC(1000000)
#define ID  "forgedid"

struct datagram {
    uint32_t len;
    uint8_t bytes[SKIFF_HEAD + FORGED_LEN + SKIFF_TAIL];
};

/* Whom he writes to, and where that is shown. */
enum column { OPEN_12, OPEN_13, BEGUN_12, BEGUN_13, COLUMNS };
static const char *const columns[COLUMNS] = { "open12", "open13", "begun12", "begun13" };

struct scene {
    const char *name;
    enum column column;
    int side;
    struct forged_target target;
};

/* clang-format off */
static const struct scene scenes[] = {
    { "a server of 1.2", OPEN_12, SERVER, { .epoch = 1 } },
    { "a server of 1.2 with ids", OPEN_12, SERVER,
      { .epoch = 1, .has_id = true, .id = ID } },
    { "a client of 1.2", OPEN_12, CLIENT, { .epoch = 1 } },
    { "a server of 1.3", OPEN_13, SERVER, { .is_13 = true, .epoch = 3 } },
    { "a server of 1.3 with ids", OPEN_13, SERVER,
      { .is_13 = true, .epoch = 3, .has_id = true, .id = ID } },
    { "a client of 1.3", OPEN_13, CLIENT, { .is_13 = true, .epoch = 3 } },
    { "a server of 1.2 that waits for a hello", BEGUN_12, SERVER,
      { .due = HANDSHAKE_CLIENT_HELLO } },
    { "a server of 1.2 in a handshake", BEGUN_12, SERVER,
      { .due = HANDSHAKE_CERTIFICATE, .next = 1 } },
    { "a client of 1.2 in a handshake", BEGUN_12, CLIENT,
      { .due = HANDSHAKE_SERVER_HELLO } },
    { "a server of 1.3 that waits for a hello", BEGUN_13, SERVER,
      { .is_13 = true, .due = HANDSHAKE_CLIENT_HELLO } },
    { "a server of 1.3 in a handshake", BEGUN_13, SERVER,
      { .is_13 = true, .epoch = 2, .next = 1, .due = HANDSHAKE_CERTIFICATE } },
    { "a client of 1.3 in a handshake", BEGUN_13, CLIENT,
      { .is_13 = true, .due = HANDSHAKE_SERVER_HELLO } },
};
/* clang-format on */
/* The ends that are given the long ones. */
enum { SCENES = sizeof scenes / sizeof *scenes, LONG_12 = 0, LONG_13 = 3 };

static bool connects(const struct scene *scene)
{
    return scene->column == OPEN_12 || scene->column == OPEN_13;
}

/* --- two ends ------------------------------------------------------------------------- */

struct two_ends {
    skiff_context *contexts[ENDS];
    skiff_transport *ends[ENDS];
    struct forged_target target; /* one of the two */
    uint8_t copy[SKIFF_HEAD + SKIFF_TAIL];
};

struct bench {
    skiff_pool *pool;
    skiff_identity *identity;
    struct datagram batch[BATCH];
    double ratios[ROUNDS];
};

static skiff_packet packet_of(struct datagram *datagram)
{
    return (skiff_packet){ .data = datagram->bytes + SKIFF_HEAD,
                           .len = datagram->len,
                           .limit = FORGED_LEN,
                           .head = SKIFF_HEAD };
}

static void choose_id(void *user, skiff_dtls *dtls, uint8_t *id)
{
    (void)user;
    (void)dtls;
    memcpy(id, ID, FORGED_ID);
}

static skiff_context *context_for(const struct bench *bench, const struct scene *scene)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_context *context = NULL;

    config.identity = bench->identity;
    config.pool = bench->pool;
    config.min_version = config.max_version =
        scene->target.is_13 ? SKIFF_DTLS_1_3 : SKIFF_DTLS_1_2;
    if (scene->target.has_id) {
        config.connection_ids = true;
        config.connection_id_len = FORGED_ID;
        config.connection_id = choose_id;
    }
    demand(skiff_context_new(&config, &context) == SKIFF_OK, "skiff_context_new");
    return context;
}

static void give(skiff_transport *end, skiff_packet *packet)
{
    skiff_kind kind;

    (void)!skiff_transport_receive(end, NOW, packet, &kind);
}

/* Lets out what an end has to say, to the other or to nobody. */
static void poll_all(skiff_transport *end, skiff_transport *other)
{
    skiff_dtls_event event;
    skiff_bytes bytes;

    do {
        struct datagram datagram;
        skiff_packet packet = { .data = datagram.bytes + SKIFF_HEAD,
                                .limit = FORGED_LEN,
                                .head = SKIFF_HEAD };
        event = skiff_transport_poll(end, NOW, &packet, &bytes);
        if (event == SKIFF_DTLS_SEND && other != NULL)
            give(other, &packet);
    } while (event != SKIFF_DTLS_NOTHING);
}

/* Keeps a record of the peer's that is not the last one to come. */
static void record_datagram(struct two_ends *duo, int side)
{
    struct datagram datagram = { .len = 1 };
    skiff_packet packet = packet_of(&datagram);

    demand(skiff_dtls_send(skiff_transport_dtls(duo->ends[!side]), NOW, &packet) == SKIFF_OK
               && packet.len <= sizeof duo->copy,
           "skiff_dtls_send");
    memcpy(duo->copy, packet.data, packet.len);
    duo->target.copy = duo->copy;
    duo->target.copy_len = packet.len;
    give(duo->ends[side], &packet);
    poll_all(duo->ends[side], NULL);
}

/* A handshake is one whose peer says nothing more. */
static struct two_ends *open_ends(struct bench *bench, const struct scene *scene)
{
    struct two_ends *duo = calloc(1, sizeof *duo);
    skiff_transport **ends = duo != NULL ? duo->ends : NULL;
    bool waits = scene->side == CLIENT || scene->target.due == HANDSHAKE_CLIENT_HELLO;

    demand(duo != NULL, "calloc");
    duo->target = scene->target;
    for (int i = 0; i < ENDS; i++) {
        duo->contexts[i] = context_for(bench, scene);
        demand(skiff_transport_new(duo->contexts[i],
                                   i == CLIENT ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE,
                                   NULL, NOW, &ends[i])
                       == SKIFF_OK
                   && skiff_dtls_set_trusted(skiff_transport_dtls(ends[i]), true)
                          == SKIFF_OK,
               "skiff_transport_new");
    }
    poll_all(ends[CLIENT], connects(scene) || !waits ? ends[SERVER] : NULL);
    poll_all(ends[SERVER], connects(scene) ? ends[CLIENT] : NULL);
    for (int i = 0; connects(scene) && i < 10; i++) {
        poll_all(ends[CLIENT], ends[SERVER]);
        poll_all(ends[SERVER], ends[CLIENT]);
    }
    demand(!connects(scene)
               || (skiff_transport_srtp(ends[CLIENT]) != NULL
                   && skiff_transport_srtp(ends[SERVER]) != NULL),
           "a connection");
    if (connects(scene))
        record_datagram(duo, scene->side);
    return duo;
}

static void close_ends(struct two_ends *duo)
{
    for (int i = 0; i < ENDS; i++) {
        skiff_transport_free(duo->ends[i]);
        skiff_context_free(duo->contexts[i]);
    }
    free(duo);
}

/* --- what one costs ------------------------------------------------------------------- */

/* False: there is none of that kind for such an end. */
static bool write_batch(struct bench *bench, struct two_ends *duo,
                        const struct forged_kind *kind)
{
    for (int i = 0; i < BATCH; i++, duo->target.nth++) {
        struct datagram *datagram = &bench->batch[i];
        datagram->len = (uint32_t)kind->write(&duo->target, datagram->bytes + SKIFF_HEAD);
        if (datagram->len == 0)
            return false;
    }
    return true;
}

static double receive_batch(struct bench *bench, skiff_transport *end)
{
    double begun = cpu_ns();

    for (int i = 0; i < BATCH; i++) {
        skiff_packet packet = packet_of(&bench->batch[i]);
        give(end, &packet);
        poll_all(end, NULL);
    }
    return (cpu_ns() - begun) / BATCH;
}

/* Nothing of it has ended anything. */
static void check_alive(const struct two_ends *duo, const struct scene *scene,
                        const struct forged_kind *kind)
{
    skiff_failure failure;

    skiff_transport_failure(duo->ends[scene->side], &failure, sizeof failure);
    if (failure.status != SKIFF_OK)
        fprintf(stderr, "%s to %s: %s\n", kind->name, scene->name, failure.what);
    demand(failure.status == SKIFF_OK, "a forged datagram that ends nothing");
}

/* 0: there is none. */
static double cost(struct bench *bench, const struct scene *scene,
                   const struct forged_kind *kind)
{
    const struct scene *open = &scenes[scene->target.is_13 ? LONG_13 : LONG_12];
    struct two_ends *one = open_ends(bench, open), *other = open_ends(bench, scene);
    double median = 0;
    int round = -WARM_UP;

    for (; round < ROUNDS; round++) {
        demand(write_batch(bench, one, &forged_kinds[0]), "a long one");
        double of_long = receive_batch(bench, one->ends[open->side]);
        if (!write_batch(bench, other, kind))
            break;
        double of_other = receive_batch(bench, other->ends[scene->side]);
        if (round >= 0)
            bench->ratios[round] = of_other / of_long;
    }
    if (round == ROUNDS)
        median = median_of(bench->ratios, ROUNDS);
    check_alive(other, scene, kind);
    close_ends(one);
    close_ends(other);
    return median;
}

/* --- all of them ---------------------------------------------------------------------- */

struct most_expensive {
    double ratio;
    const char *kind, *scene;
};

/* Of one kind. */
struct costs {
    double of[SCENES][TURNS];
};

static void print_worst(const struct forged_kind *kind, struct costs *costs,
                        struct most_expensive *dearest)
{
    double worst[COLUMNS] = { 0 };

    for (const struct scene *scene = scenes; scene < scenes + SCENES; scene++) {
        double ratio = median_of(costs->of[scene - scenes], TURNS);
        if (ratio > worst[scene->column])
            worst[scene->column] = ratio;
        if (ratio > dearest->ratio)
            *dearest = (struct most_expensive){ ratio, kind->name, scene->name };
    }
    for (int i = 0; i < COLUMNS; i++)
        if (worst[i] > 0)
            printf("forged_%s_%s_x_long %.3f\n", kind->name, columns[i], worst[i]);
}

int main(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    skiff_pool_config pool = skiff_pool_defaults();
    struct most_expensive dearest = { 0 };
    struct costs *costs = calloc(forged_num, sizeof *costs);

    demand(bench != NULL && costs != NULL && skiff_pool_new(&pool, &bench->pool) == SKIFF_OK
               && skiff_identity_generate(1700000000, 30, &bench->identity) == SKIFF_OK,
           "a pool and an identity");
    for (int turn = 0; turn < TURNS; turn++)
        for (size_t i = 0; i < forged_num; i++)
            for (size_t scene = 0; scene < SCENES; scene++)
                costs[i].of[scene][turn] = cost(bench, &scenes[scene], &forged_kinds[i]);
    for (size_t i = 0; i < forged_num; i++)
        print_worst(&forged_kinds[i], &costs[i], &dearest);
    printf("dearest of what is forged: %s to %s\n", dearest.kind, dearest.scene);
    printf("forged_x_long %.3f\n", dearest.ratio);
    return EXIT_SUCCESS;
}
