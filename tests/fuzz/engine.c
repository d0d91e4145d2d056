/* engine.c - fuzzes both roles of the engine in both versions. The bits of the first
 * byte say who is asked, which version both speak at most, whether a retry is needed,
 * whether what follows is sealed as the other end would, whether keys are updated on the
 * way, whether there are tickets and the client brings one, whether the ends have
 * connection ids and move, and ask each other about it; the second byte says how far a true
 * handshake has gone by then; what follows comes as datagrams, or as records with their
 * type in front. */
#include <stdlib.h>

#include "chunks.h"
#include "association/context.h"
#include "association/epoch.h"
#include "association/optional_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    MTU = 700,
    QUEUE = 32,
    TURNS = 1000,
    KINDS = 16,
    TICKET_SPACE = 1300,
    TRUE_STEPS = 20
};
enum {
    WHICH_END = 1,
    IN_1_3 = 2,
    WITH_RETRY = 4,
    SEALED = 8,
    UPDATES = 16,
    TICKETS = 32,
    RESUMED = 64,
    WITH_IDS = 128
};

struct datagram {
    int to;
    size_t len;
    uint8_t bytes[MTU];
};

struct ticket {
    size_t len;
    uint8_t bytes[TICKET_SPACE];
};

struct talk {
    skiff_dtls *ends[2];
    struct ticket ticket; /* that the client was told last */
    skiff_time now;
    bool connected[2];
    size_t num;
    struct datagram queue[QUEUE];
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Of a server that wants a retry: it lacks the group of which a client sends the share. */
static const uint16_t other_group[] = { 23 };

static size_t number_of(uint8_t kind)
{
    return (size_t)(kind / 2 % 4 + ((kind & TICKETS) != 0 ? 4 : 0)
                    + ((kind & WITH_IDS) != 0 ? 8 : 0));
}

/* Ends that have ids and no tickets ask about paths, in either way. */
static skiff_rrc check_of(uint8_t kind)
{
    if ((kind & WITH_IDS) == 0 || (kind & TICKETS) != 0)
        return SKIFF_RRC_OFF;
    return (kind & WITH_RETRY) != 0 ? SKIFF_RRC_ENHANCED : SKIFF_RRC_BASIC;
}

static skiff_context *context_of(int which, uint8_t kind)
{
    static skiff_context *contexts[2][KINDS];
    static skiff_identity *identities[2];
    skiff_context_config config = skiff_context_defaults();
    skiff_context **made = &contexts[which][number_of(kind)];

    if (*made != NULL)
        return *made;
    if (identities[which] == NULL)
        must(skiff_identity_generate(1700000000, 30, &identities[which]) == SKIFF_OK);
    config.identity = identities[which];
    config.resend_jitter = SKIFF_NO_JITTER; /* an input tells the same story again */
    config.max_version = (kind & IN_1_3) != 0 ? SKIFF_DTLS_1_3 : SKIFF_DTLS_1_2;
    config.groups = other_group;
    config.num_groups = which == 1 && (kind & WITH_RETRY) != 0 ? 1 : 0;
    config.tickets = (kind & TICKETS) != 0;
    config.mtu = MTU;
    config.max_handshakes = 2;
    config.connection_ids = (kind & WITH_IDS) != 0;
    config.connection_id_len = (uint8_t)(which + 1);
    config.rrc = check_of(kind);
    must(skiff_context_new(&config, made) == SKIFF_OK);
    return *made;
}

static void begin(struct talk *t, uint8_t kind)
{
    static const skiff_role roles[2] = { SKIFF_ROLE_ACTIVE, SKIFF_ROLE_PASSIVE };

    memset(t, 0, sizeof *t);
    t->now = SKIFF_MSEC(1000);
    for (int i = 0; i < 2; i++) {
        must(skiff_dtls_new(context_of(i, kind), roles[i], t->now, &t->ends[i])
             == SKIFF_OK);
        must(skiff_dtls_set_trusted(t->ends[i], true) == SKIFF_OK);
    }
}

static void end(struct talk *t)
{
    skiff_dtls_free(t->ends[0]);
    skiff_dtls_free(t->ends[1]);
}

static void keep_ticket(struct talk *t, skiff_bytes ticket)
{
    must(ticket.len <= sizeof t->ticket.bytes);
    t->ticket.len = ticket.len;
    memcpy(t->ticket.bytes, ticket.ptr, ticket.len);
}

/* Whatever an end was told, it comes to rest, keeps to the MTU and can say why it failed.
 */
static void poll_end(struct talk *t, int i)
{
    uint8_t bytes[SKIFF_HEAD + 2 * MTU + SKIFF_TAIL];
    skiff_dtls_event event;
    skiff_failure failure;
    skiff_bytes view;
    int turns = 0;

    do {
        skiff_packet packet = { .data = bytes + SKIFF_HEAD,
                                .limit = 2 * MTU,
                                .head = SKIFF_HEAD };
        event = skiff_dtls_poll(t->ends[i], t->now, &packet, &view);
        if (event == SKIFF_DTLS_TICKET)
            keep_ticket(t, view);
        must(++turns < TURNS);
        t->connected[i] = t->connected[i] || event == SKIFF_DTLS_CONNECTED;
        skiff_dtls_failure(t->ends[i], &failure, sizeof failure);
        must(event != SKIFF_DTLS_FAILED || (failure.what != NULL && failure.spec != NULL));
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
    skiff_packet packet = {
        .data = block, .len = (uint32_t)len, .limit = (uint32_t)len, .path = len % 3
    };

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

/* What only the true peer can say, in the epoch that it speaks in. */
static void deliver_sealed(struct talk *t, int to, skiff_bytes chunk)
{
    struct skiff_dtls *from = t->ends[1 - to];
    struct sealing *sealing = skf_sealing_of(from, from->write_epoch);
    uint64_t *next = sealing != NULL ? &sealing->next : &from->next_plain_number;
    struct outgoing record = { .type = chunk.ptr[0],
                               .epoch = from->write_epoch,
                               .keys = sealing != NULL ? &sealing->keys : NULL,
                               .cid = skf_peer_cid(cids_of(from)) };
    size_t before = skf_record_header_size(record.keys, record.cid.len);
    size_t behind = skf_record_trailer_size(record.keys, record.cid.len);
    uint8_t bytes[2 * MTU];

    /* A plaintext record that claims to have an id is written by nobody. */
    if (chunk.len - 1 > sizeof bytes - before - behind
        || (record.keys == NULL && record.type == CONTENT_TLS12_CID))
        return;
    record.number = (*next)++;
    memcpy(bytes + before, chunk.ptr + 1, chunk.len - 1);
    must(skf_record_seal(from->context->crypto, &record, bytes, chunk.len - 1));
    deliver(t, to, bytes, before + chunk.len - 1 + behind);
}

/* The ticket of a true handshake, which is made once; no time passes in it. */
static const struct ticket *ticket_for(uint8_t kind)
{
    static struct ticket tickets[KINDS];
    static struct talk t;
    struct ticket *made = &tickets[number_of(kind)];

    if (made->len > 0)
        return made;
    begin(&t, kind);
    for (int steps = 0; steps < TRUE_STEPS; steps++)
        step(&t);
    *made = t.ticket;
    must(made->len > 0);
    end(&t);
    return made;
}

static void bring_ticket(struct talk *t, uint8_t kind)
{
    const struct ticket *ticket = ticket_for(kind);

    must(skiff_dtls_resume(t->ends[0], (skiff_bytes){ ticket->bytes, ticket->len })
         == SKIFF_OK);
}

static void change_ids(skiff_dtls *dtls, skiff_time now, size_t how)
{
    switch (how) {
    case 0:
        (void)!skiff_dtls_new_connection_id(dtls, now);
        return;
    case 1:
        (void)!skiff_dtls_request_connection_ids(dtls, now);
        return;
    case 2:
        (void)!skiff_dtls_use_spare_connection_id(dtls);
        return;
    case 3:
        (void)!skiff_dtls_prefer_path(dtls, now, 1 + now / SKIFF_MSEC(100) % 3);
        return;
    }
}

static void process_chunk(struct talk *t, uint8_t kind, const struct chunk *chunk)
{
    int end = kind & WHICH_END;

    t->now += chunk_time(chunk);
    if ((kind & UPDATES) != 0)
        (void)!skiff_dtls_update_keys(t->ends[end], t->now, chunk->bytes.len % 2 == 0);
    if ((kind & WITH_IDS) != 0)
        change_ids(t->ends[end], t->now, chunk->bytes.len % 4);
    if (chunk->bytes.len == 0)
        step(t); /* truth and noise may come in turn */
    else if ((kind & SEALED) != 0)
        deliver_sealed(t, end, chunk->bytes);
    else
        deliver(t, end, chunk->bytes.ptr, chunk->bytes.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct talk t;
    struct chunk chunk;

    if (size < 2)
        return 0;
    skiff_bytes left = { data + 2, size - 2 };
    begin(&t, data[0]);
    if ((data[0] & RESUMED) != 0 && (data[0] & TICKETS) != 0 && (data[0] & IN_1_3) != 0)
        bring_ticket(&t, data[0]);
    for (int steps = data[1] % 12; steps > 0; steps--)
        step(&t);
    while (next_chunk(&left, &chunk))
        process_chunk(&t, data[0], &chunk);
    end(&t);
    return 0;
}
