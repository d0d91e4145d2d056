/* engine.c - fuzzes both roles of the engine. The first byte says who is asked, the second
 * how far a true handshake has gone by then; what follows comes as datagrams. */
#include <stdlib.h>

#include <skiff/dtls.h>

#include "chunks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MTU = 700, QUEUE = 32, TURNS = 1000 };

struct datagram {
    int     to;
    size_t  len;
    uint8_t bytes[MTU];
};

struct talk {
    skiff_dtls     *ends[2];
    skiff_time      now;
    bool            connected[2];
    size_t          num;
    struct datagram queue[QUEUE];
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static skiff_context *context_of(int which)
{
    static skiff_context *contexts[2];
    static skiff_identity *identities[2];
    skiff_context_config config = skiff_context_defaults();

    if (contexts[which] != NULL)
        return contexts[which];
    must(skiff_identity_generate(1700000000, 30, &identities[which]) == SKIFF_OK);
    config.identity = identities[which];
    config.mtu = MTU;
    config.rooms = 2;
    must(skiff_context_new(&config, &contexts[which]) == SKIFF_OK);
    return contexts[which];
}

static void begin(struct talk *t)
{
    static const skiff_role roles[2] = { SKIFF_ROLE_ACTIVE, SKIFF_ROLE_PASSIVE };

    memset(t, 0, sizeof *t);
    t->now = SKIFF_MSEC(1000);
    for (int i = 0; i < 2; i++) {
        must(skiff_dtls_new(context_of(i), roles[i], t->now, &t->ends[i]) == SKIFF_OK);
        must(skiff_dtls_accept(t->ends[i], true) == SKIFF_OK);
    }
}

static void end(struct talk *t)
{
    skiff_dtls_free(t->ends[0]);
    skiff_dtls_free(t->ends[1]);
}

/* Whatever an end was told, it comes to rest, keeps to the MTU and can say why it failed.
 */
static void poll_end(struct talk *t, int i)
{
    uint8_t bytes[SKIFF_HEAD + 2 * MTU + SKIFF_TAIL];
    skiff_dtls_event event;
    skiff_failure why;
    skiff_bytes view;
    int turns = 0;

    do {
        skiff_packet packet = { .data = bytes + SKIFF_HEAD, .limit = 2 * MTU,
                                .head = SKIFF_HEAD };
        event = skiff_dtls_poll(t->ends[i], t->now, &packet, &view);
        must(++turns < TURNS);
        t->connected[i] = t->connected[i] || event == SKIFF_DTLS_CONNECTED;
        skiff_dtls_failure(t->ends[i], &why, sizeof why);
        must(event != SKIFF_DTLS_FAILED || (why.what != NULL && why.spec != NULL));
        must(event != SKIFF_DTLS_SEND || packet.len <= MTU);
        if (event != SKIFF_DTLS_SEND || t->num == QUEUE)
            continue;
        struct datagram *d = &t->queue[t->num++];
        d->to = 1 - i;
        d->len = packet.len;
        memcpy(d->bytes, packet.data, packet.len);
    } while (event != SKIFF_DTLS_NOTHING);
}

/* A block of exactly its size, so that a sanitizer sees who reads past it. */
static void deliver(struct talk *t, int to, const uint8_t *bytes, size_t len)
{
    uint8_t *block = malloc(len + 1);
    skiff_packet packet = { .data = block, .len = (uint32_t)len, .limit = (uint32_t)len };

    must(block != NULL);
    memcpy(block, bytes, len);
    (void)!skiff_dtls_receive(t->ends[to], t->now, &packet);
    poll_end(t, to);
    free(block);
}

/* The first true datagram on its way arrives; when there is none, time passes. */
static void step(struct talk *t)
{
    if (t->num == 0) {
        poll_end(t, 0);
        poll_end(t, 1);
        return;
    }
    struct datagram d = t->queue[0];
    memmove(t->queue, t->queue + 1, --t->num * sizeof *t->queue);
    deliver(t, d.to, d.bytes, d.len);
}

static void take_chunk(struct talk *t, int whom, const struct chunk *chunk)
{
    t->now += chunk_time(chunk);
    if (chunk->bytes.len == 0)
        step(t);                             /* truth and noise may come in turn */
    else
        deliver(t, whom, chunk->bytes.ptr, chunk->bytes.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct talk t;
    struct chunk chunk;

    if (size < 2)
        return 0;
    skiff_bytes left = { data + 2, size - 2 };
    begin(&t);
    for (int steps = data[1] % 12; steps > 0; steps--)
        step(&t);
    while (next_chunk(&left, &chunk))
        take_chunk(&t, data[0] % 2, &chunk);
    end(&t);
    return 0;
}
