/* world.c - two ends on a simulated network, in virtual time. */
#include "world.h"

#include "handshake/suite.h"

#include <stdio.h>
#include <stdlib.h>

#define START SKIFF_MSEC(1000000)

static const char *const names[2] = { "client", "server" };

static const uint16_t small[] = { 29, 23, 24 }; /* x25519, secp256r1, secp384r1 */
static uint16_t protocol_version = SKIFF_DTLS_1_2;
static bool best;

void world_use_12(void)
{
    protocol_version = SKIFF_DTLS_1_2;
    best = false;
}

void world_use_13(void)
{
    protocol_version = SKIFF_DTLS_1_3;
    best = false;
}

void world_use_best(void)
{
    protocol_version = SKIFF_DTLS_1_3;
    best = true;
}

bool world_is_best(void)
{
    return best;
}

uint16_t world_version(void)
{
    return protocol_version;
}

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "world: %s\n", what);
        abort();
    }
}

/* --- chance --------------------------------------------------------------------------- */

/* splitmix64, a public-domain generator by Sebastiano Vigna. */
uint64_t world_chance(struct world *world, uint64_t limit)
{
    uint64_t z = world->chance += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return z % limit;
}

static bool happens(struct world *world, unsigned in_1000)
{
    return in_1000 > 0 && world_chance(world, 1000) < in_1000;
}

/* --- beginning and end ---------------------------------------------------------------- */

const skiff_identity *world_identity(int which)
{
    static skiff_identity *made[2];

    if (made[which] == NULL)
        must(skiff_identity_generate(1700000000, 30, &made[which]) == SKIFF_OK, "identity");
    return made[which];
}

skiff_context *world_context(int which, const skiff_context_config *config)
{
    skiff_context_config filled = config != NULL ? *config : skiff_context_defaults();
    size_t has_x25519 = skf_group_is_available(small[0]);
    skiff_context *context = NULL;

    if (filled.identity == NULL)
        filled.identity = world_identity(which);
    if (filled.max_version == 0)
        filled.max_version = protocol_version;
    if (filled.resend_jitter == 0)
        filled.resend_jitter = SKIFF_NO_JITTER;
    if (filled.num_groups == 0 && !best) {
        filled.groups = has_x25519 ? small : small + 1;
        filled.num_groups = sizeof small / sizeof *small - !has_x25519;
    }
    must(skiff_context_new(&filled, &context) == SKIFF_OK, "context");
    return context;
}

static void begin_end(struct world *world, int i)
{
    static const skiff_role roles[2] = { SKIFF_ROLE_ACTIVE, SKIFF_ROLE_PASSIVE };
    const struct world_config *config = &world->config;
    skiff_role role = config->role[i] != 0 ? config->role[i] : roles[i];
    skiff_dtls **dtls = &world->ends[i].dtls;
    skiff_fingerprint expected;

    must(skiff_dtls_new(config->context[i], role, world->now, dtls) == SKIFF_OK, "handle");
    if (config->strangers)
        return;
    skiff_identity_fingerprint(world_identity(1 - i), &expected);
    must(skiff_dtls_expect(*dtls, &expected, 1) == SKIFF_OK, "expect");
}

void world_begin(struct world *world, const struct world_config *config)
{
    skiff_pool_config pool = skiff_pool_defaults();

    memset(world, 0, sizeof *world);
    world->config = *config;
    world->chance = config->seed;
    world->now = world->began = config->start != 0 ? config->start : START;
    pool.packets = 4;
    pool.limit = WORLD_DATAGRAM;
    must(skiff_pool_new(&pool, &world->pool) == SKIFF_OK, "pool");
    world->packet = skiff_pool_take(world->pool);
    for (int i = 0; config->peer == NULL && i < 2; i++)
        begin_end(world, i);
}

void world_end(struct world *world)
{
    for (size_t i = 0; i < world->num_in_flight; i++)
        free(world->in_flight[i].bytes);
    for (int i = 0; i < 2; i++)
        skiff_dtls_free(world->ends[i].dtls);
    skiff_packet_release(&world->packet);
    skiff_pool_free(world->pool);
}

/* --- the network ---------------------------------------------------------------------- */

static void note(struct world *world, const struct world_datagram *d)
{
    if (world->num_logged == WORLD_LOG)
        return;
    world->log[world->num_logged++] =
        (struct world_logged){ .at = world->now,
                               .from = d->from,
                               .len = d->len,
                               .copies = d->copies,
                               .first = d->len > 0 ? d->bytes[0] : 0 };
}

static void schedule_delivery(struct world *world, const struct world_datagram *d)
{
    struct world_in_flight f = { .due = world->now + d->delay,
                                 .order = world->orders++,
                                 .to = 1 - d->from,
                                 .path = d->path,
                                 .len = d->len };

    if (world->num_in_flight == WORLD_IN_FLIGHT)
        return; /* as a full queue does */
    if (happens(world, world->config.reorder))
        f.due += 1 + world_chance(world, SKIFF_MSEC(20));
    f.bytes = malloc(d->len + 1);
    must(f.bytes != NULL, "memory");
    memcpy(f.bytes, d->bytes, d->len);
    world->in_flight[world->num_in_flight++] = f;
}

static void carry(struct world *world, int from, skiff_bytes bytes, uint64_t to)
{
    struct world_end *end = &world->ends[from];
    struct world_datagram d = { .from = from,
                                .number = end->sent++,
                                .copies = 1,
                                .delay = world->config.delay,
                                .path = end->path,
                                .to = to,
                                .len = bytes.len };

    must(d.len <= WORLD_DATAGRAM, "a datagram longer than the packet");
    memcpy(d.bytes, bytes.ptr, d.len);
    if (d.len > end->largest)
        end->largest = d.len;
    if (happens(world, world->config.loss))
        d.copies = 0;
    else if (happens(world, world->config.duplicate))
        d.copies = 2;
    if (world->config.meddler != NULL)
        world->config.meddler(world, &d);
    note(world, &d);
    for (unsigned i = 0; i < d.copies; i++)
        schedule_delivery(world, &d);
}

void world_carry(struct world *world, int from, const void *bytes, size_t len)
{
    carry(world, from, (skiff_bytes){ bytes, len }, 0);
}

/* --- the ends ------------------------------------------------------------------------- */

static void carry_packet(struct world *world, int from)
{
    const skiff_packet *packet = world->packet;

    carry(world, from, (skiff_bytes){ packet->data, packet->len }, packet->path);
}

static void record_event(struct world *world, int i, skiff_dtls_event event,
                         skiff_bytes bytes)
{
    struct world_end *end = &world->ends[i];

    switch (event) {
    case SKIFF_DTLS_NOTHING:
        return;
    case SKIFF_DTLS_MOVED:
        end->moved++;
        return;
    case SKIFF_DTLS_SEND:
        carry_packet(world, i);
        return;
    case SKIFF_DTLS_PEER_CERTIFICATE:
        end->certificates++;
        must(bytes.len <= WORLD_CERTIFICATE, "a certificate too long to be kept");
        end->certificate_len = bytes.len;
        memcpy(end->certificate, bytes.ptr, bytes.len);
        return;
    case SKIFF_DTLS_CONNECTED:
        end->connected = true;
        end->connected_at = world->now;
        return;
    case SKIFF_DTLS_DATA:
        end->data_count++;
        end->data_len = bytes.len;
        memcpy(end->data, bytes.ptr, bytes.len);
        return;
    case SKIFF_DTLS_TICKET:
        end->tickets++;
        end->ticket_len = bytes.len;
        memcpy(end->ticket, bytes.ptr, bytes.len);
        return;
    case SKIFF_DTLS_CLOSED:
        end->closed = true;
        return;
    case SKIFF_DTLS_FAILED:
        end->failed = true;
        return;
    case SKIFF_DTLS_HELLO:
        end->hellos++;
        return;
    case SKIFF_DTLS_RENEWED: /* of transports */
    case SKIFF_DTLS_NOT_RENEWED:
        return;
    }
}

static skiff_packet *fresh_packet(struct world *world)
{
    skiff_packet_release(&world->packet);
    world->packet = skiff_pool_take(world->pool);
    return world->packet;
}

void world_poll(struct world *world, int i)
{
    skiff_dtls_event event;
    skiff_bytes bytes;
    int turns = 0;

    do {
        bytes = (skiff_bytes){ NULL, 0 };
        event =
            skiff_dtls_poll(world->ends[i].dtls, world->now, fresh_packet(world), &bytes);
        record_event(world, i, event, bytes);
        must(++turns < 10000, "poll never says NOTHING");
    } while (event != SKIFF_DTLS_NOTHING);
}

skiff_status world_deliver_from(struct world *world, uint64_t path, int to,
                                skiff_bytes datagram)
{
    /* A block of exactly its size, so that a sanitizer sees who reads past it. */
    uint8_t *block = malloc(SKIFF_HEAD + datagram.len);
    skiff_packet packet = { .len = (uint32_t)datagram.len,
                            .limit = (uint32_t)datagram.len,
                            .head = SKIFF_HEAD,
                            .path = path };

    must(block != NULL, "memory");
    packet.data = block + SKIFF_HEAD;
    if (datagram.len > 0)
        memcpy(packet.data, datagram.ptr, datagram.len);
    skiff_status status = skiff_dtls_receive(world->ends[to].dtls, world->now, &packet);
    world_poll(world, to);
    free(block);
    return status;
}

skiff_status world_deliver(struct world *world, int to, const void *bytes, size_t len)
{
    return world_deliver_from(world, world->ends[1 - to].path, to,
                              (skiff_bytes){ bytes, len });
}

skiff_status world_send(struct world *world, int from, const void *bytes, size_t len)
{
    skiff_packet *packet = fresh_packet(world);

    memcpy(packet->data, bytes, len);
    packet->len = (uint32_t)len;
    skiff_status status = skiff_dtls_send(world->ends[from].dtls, world->now, packet);
    if (status == SKIFF_OK)
        carry_packet(world, from);
    return status;
}

/* --- time ----------------------------------------------------------------------------- */

static bool is_over(const struct world *world)
{
    for (int i = 0; i < 2; i++)
        if (world->ends[i].failed || world->ends[i].closed)
            return true;
    return world_both_connected(world);
}

static size_t next_to_deliver(const struct world *world)
{
    const struct world_in_flight *f = world->in_flight;
    size_t first = 0;

    for (size_t i = 1; i < world->num_in_flight; i++)
        if (f[i].due < f[first].due
            || (f[i].due == f[first].due && f[i].order < f[first].order))
            first = i;
    return first;
}

static void deliver_scheduled(struct world *world, size_t i)
{
    struct world_in_flight f = world->in_flight[i];

    world->in_flight[i] = world->in_flight[--world->num_in_flight];
    if (world->config.peer != NULL)
        world->config.peer->receive(world, f.to, f.bytes, f.len);
    else
        (void)!world_deliver_from(world, f.path, f.to, (skiff_bytes){ f.bytes, f.len });
    free(f.bytes);
}

static skiff_time deadline_of(const struct world *world, int i)
{
    const struct world_peer *peer = world->config.peer;

    return peer != NULL ? peer->due[i] : skiff_dtls_deadline(world->ends[i].dtls);
}

/* Does the next thing that is due by `until`; false when there is none. */
static bool step(struct world *world, skiff_time until)
{
    size_t next = next_to_deliver(world);
    skiff_time due = world->num_in_flight > 0 ? world->in_flight[next].due : SKIFF_NEVER;
    int end = -1;

    for (int i = 0; i < 2; i++) {
        skiff_time deadline = deadline_of(world, i);
        if (deadline < due) {
            due = deadline;
            end = i;
        }
    }
    if (due > until)
        return false;
    if (due > world->now)
        world->now = due;
    if (end < 0)
        deliver_scheduled(world, next);
    else if (world->config.peer != NULL)
        world->config.peer->poll(world, end);
    else
        world_poll(world, end);
    return true;
}

void world_run(struct world *world, skiff_time most)
{
    skiff_time until = world->now + most;

    while (!is_over(world) && step(world, until))
        continue;
    if (!is_over(world))
        world->now = until;
}

void world_pass(struct world *world, skiff_time time)
{
    skiff_time until = world->now + time;

    while (step(world, until))
        continue;
    world->now = until;
}

/* --- looking at it -------------------------------------------------------------------- */

bool world_both_connected(const struct world *world)
{
    return world->ends[0].connected && world->ends[1].connected;
}

static bool same_material(const struct world *world)
{
    uint8_t material[2][60];

    for (int i = 0; i < 2; i++)
        if (skiff_dtls_export(world->ends[i].dtls, "EXPERIMENTAL skiff",
                              (skiff_bytes){ (const uint8_t *)"x", 1 }, material[i],
                              sizeof material[i])
            != SKIFF_OK)
            return false;
    return memcmp(material[0], material[1], sizeof material[0]) == 0;
}

bool world_keys_agree(const struct world *world)
{
    skiff_srtp_keys keys[2];

    for (int i = 0; i < 2; i++)
        if (skiff_dtls_srtp_keys(world->ends[i].dtls, &keys[i]) != SKIFF_OK)
            return false;
    return keys[0].profile == keys[1].profile && keys[0].len == keys[1].len
        && memcmp(keys[0].ours, keys[1].theirs, keys[0].len) == 0
        && memcmp(keys[0].theirs, keys[1].ours, keys[0].len) == 0
        && memcmp(keys[0].ours, keys[0].theirs, keys[0].len) != 0 && same_material(world);
}

static void describe(const struct world *world, int i)
{
    const struct world_end *end = &world->ends[i];
    skiff_failure failure = { .what = NULL };

    if (end->dtls != NULL)
        skiff_dtls_failure(end->dtls, &failure, sizeof failure);
    fprintf(stderr, "  %s: %s%s%s %s (%s)\n", names[i], end->connected ? "connected " : "",
            end->closed ? "closed " : "", end->failed ? "failed " : "",
            failure.what != NULL ? failure.what : "-",
            failure.spec != NULL ? failure.spec : "-");
}

void world_picture(const struct world *world)
{
    fprintf(stderr, "world with seed %llu:\n", (unsigned long long)world->config.seed);
    for (size_t i = 0; i < world->num_logged; i++) {
        const struct world_logged *l = &world->log[i];
        fprintf(stderr, "  %10.3f ms  %s %4zu bytes (%u)%s\n",
                (double)(l->at - world->began) / 1000.0,
                l->from == WORLD_CLIENT ? "C ---> S" : "C <--- S", l->len, l->first,
                l->copies == 0  ? "  lost"
                : l->copies > 1 ? "  twice"
                                : "");
    }
    describe(world, WORLD_CLIENT);
    describe(world, WORLD_SERVER);
}
