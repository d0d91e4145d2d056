/* tap.c - looks into sealed records of 1.3, and lies in them. */
#include "tap.h"

#include <stdlib.h>

#include "dtls/context.h"
#include "dtls/epoch.h"
#include "dtls/extras.h"
#include "wire/extension.h"
#include "wire/hello.h"

/* A sender has at most two epochs at once, of different bits. */
static uint32_t epoch_of(const struct skiff_dtls *sender, uint32_t bits)
{
    if ((sender->speaks_epoch & UNIFIED_EPOCH) == bits)
        return sender->speaks_epoch;
    return sender->room != NULL ? sender->room->before_epoch : 0;
}

static bool open_sealed(struct skiff_dtls *sender, struct incoming *in)
{
    in->epoch = epoch_of(sender, in->epoch);
    const struct sealing *sealing = sealing_of(sender, in->epoch);
    if (sealing == NULL)
        return false;

    struct opening opening = { .keys = sealing->keys, .window = { .next = sealing->next } };
    return record_open(sender->context->crypto, &opening, in) == RECORD_OPENED;
}

bool tap_next(const struct world *world, const struct world_datagram *d, size_t *at,
              struct tapped *record)
{
    static uint8_t copy[WORLD_DATAGRAM];
    uint8_t *from = copy + *at;
    size_t left = d->len - *at;
    size_t id_len = id_of_peer(ids_of(world->ends[d->from].dtls)).len;
    struct incoming in;

    memcpy(copy, d->bytes, d->len);
    if (left == 0 || !record_cut(&from, &left, id_len, &in))
        return false;
    *at = d->len - left;
    if (in.unified && !open_sealed(world->ends[d->from].dtls, &in))
        abort();
    record->sealed = in.unified;
    record->type = in.type;
    record->epoch = in.epoch;
    record->number = in.number;
    record->len = in.len;
    memcpy(record->body, in.body, in.len);
    return true;
}

bool tap_fragment(const struct tapped *record, size_t *at, struct handshake_header *header,
                  const uint8_t **bytes)
{
    const uint8_t *from = record->body + *at;

    if (record->type != CONTENT_HANDSHAKE || record->len < *at + HANDSHAKE_HEADER
        || !handshake_header_read(header, (skiff_bytes){ from, HANDSHAKE_HEADER }))
        return false;
    *bytes = from + HANDSHAKE_HEADER;
    *at += HANDSHAKE_HEADER + header->fragment_length;
    return *at <= record->len;
}

static size_t seal_as(struct skiff_dtls *dtls, struct outgoing *record, skiff_bytes body,
                      uint8_t *out)
{
    const struct sealing *sealing = sealing_of(dtls, record->epoch);

    record->keys = sealing != NULL ? &sealing->keys : NULL;
    record->id = id_of_peer(ids_of(dtls));
    size_t before = record_before(record->keys, record->id.len);
    size_t behind = record_behind(record->keys, record->id.len);
    if (body.len > 0)
        memcpy(out + before, body.ptr, body.len);
    if (!record_seal(dtls->context->crypto, record, out, body.len))
        abort();
    return before + body.len + behind;
}

size_t tap_seal(struct skiff_dtls *dtls, uint32_t epoch, uint8_t type, skiff_bytes body,
                uint8_t *out)
{
    struct sealing *sealing = sealing_of(dtls, epoch);
    uint64_t *next = sealing != NULL ? &sealing->next : &dtls->plain_next;
    struct outgoing record = { .type = type, .epoch = epoch, .number = (*next)++ };

    return seal_as(dtls, &record, body, out);
}

skiff_status tap_say(struct world *world, int from, uint8_t type, const void *body,
                     size_t len)
{
    struct skiff_dtls *dtls = world->ends[from].dtls;
    uint8_t bytes[WORLD_DATAGRAM];
    size_t size = tap_seal(dtls, dtls->speaks_epoch, type, (skiff_bytes){ body, len }, bytes);

    return world_deliver(world, 1 - from, bytes, size);
}

void tap_put_part(struct tap_letter *l, uint8_t type, uint16_t seq, skiff_bytes body,
                  uint32_t part)
{
    struct handshake_header h = { .msg_type = type, .length = (uint32_t)body.len,
                                  .message_seq = seq, .fragment_length = part };
    size_t size;

    if (!handshake_header_write(&h, l->bytes + l->len, HANDSHAKE_HEADER, &size))
        abort();
    if (part > 0)
        memcpy(l->bytes + l->len + size, body.ptr, part);
    l->len += size + part;
}

void tap_put(struct tap_letter *l, uint8_t type, uint16_t seq, skiff_bytes body)
{
    tap_put_part(l, type, seq, body, (uint32_t)body.len);
}

uint64_t tap_send(struct world *world, int from, uint32_t epoch, const struct tap_letter *l)
{
    struct skiff_dtls *dtls = world->ends[from].dtls;
    uint64_t number = sealing_of(dtls, epoch)->next;
    uint8_t bytes[WORLD_DATAGRAM];
    size_t len = tap_seal(dtls, epoch, CONTENT_HANDSHAKE, (skiff_bytes){ l->bytes, l->len },
                          bytes);

    (void)!world_deliver(world, 1 - from, bytes, len);
    return number;
}

/* Extensions are the last part of every message that has them. */
static size_t bytes_before_extensions(uint8_t type, skiff_bytes body)
{
    struct client_hello client;
    struct server_hello server;

    if (type == HANDSHAKE_CLIENT_HELLO && client_hello_read(&client, body))
        return body.len - client.extensions.len - 2;
    if (type == HANDSHAKE_SERVER_HELLO && server_hello_read(&server, body))
        return body.len - server.extensions.len - 2;
    return type == HANDSHAKE_CERTIFICATE_REQUEST ? 1u + body.ptr[0] : 0;
}

static void change_extension(const struct tap_lie *lie, struct extension *e, struct walk *w)
{
    bool meant = e->extension_type == lie->at;

    if (meant && lie->how == SET_EXTENSION)
        e->extension_data = (skiff_bytes){ (const uint8_t *)lie->bytes, lie->len };
    if (!meant || lie->how != DROP_EXTENSION)
        extension(w, e);
}

static size_t change_extensions(const struct tap_lie *lie, skiff_bytes body, uint8_t *out)
{
    size_t before = bytes_before_extensions(lie->type, body);
    struct walk list = walk_reader((skiff_bytes){ body.ptr + before + 2,
                                                  body.len - before - 2 });
    struct walk w = walk_writer(out + before, WORLD_DATAGRAM - before);
    struct extension added = { (uint16_t)lie->at, { (const uint8_t *)lie->bytes, lie->len } };
    struct walk_block block = walk_open(&w, 2);
    struct extension e = { 0 };

    memcpy(out, body.ptr, before);
    while (list.at < list.end && !list.failed) {
        extension(&list, &e);
        change_extension(lie, &e, &w);
    }
    if (lie->how == ADD_EXTENSION)
        extension(&w, &added);
    walk_close(&w, block);
    if (w.failed || list.failed)
        abort();
    return before + w.at;
}

size_t tap_change(const struct tap_lie *lie, skiff_bytes body, uint8_t *out)
{
    if (lie->how == REPLACE_BODY) {
        if (lie->len > 0)
            memcpy(out, lie->bytes, lie->len);
        return lie->len;
    }
    if (lie->how != PATCH_BODY)
        return change_extensions(lie, body, out);
    memcpy(out, body.ptr, body.len);
    memcpy(out + (lie->at < 0 ? body.len - (size_t)-lie->at : (size_t)lie->at), lie->bytes,
           lie->len);
    return body.len;
}

void tap_turn_extensions(uint8_t type, uint8_t *body, size_t len)
{
    size_t before = bytes_before_extensions(type, (skiff_bytes){ body, len }) + 2, end = len;
    uint8_t turned[WORLD_DATAGRAM];
    struct walk list = walk_reader((skiff_bytes){ body + before, len - before });
    struct extension e = { 0 };

    for (size_t from = 0; list.at < list.end; from = list.at) {
        extension(&list, &e);
        end -= list.at - from;
        memcpy(turned + end, body + before + from, list.at - from);
    }
    memcpy(body + before, turned + before, len - before);
}

/* The message as the lie has it; says how long it is. */
static size_t lie_of(const struct tap_lie *lie, struct handshake_header h,
                     const uint8_t *bytes, uint8_t *out)
{
    size_t size;

    if (h.fragment_length != h.length)
        abort();
    h.length = h.fragment_length = (uint32_t)tap_change(
        lie, (skiff_bytes){ bytes, h.length }, out + HANDSHAKE_HEADER);
    if (!handshake_header_write(&h, out, HANDSHAKE_HEADER, &size))
        abort();
    return size + h.length;
}

/* The messages of a record with those that are meant told otherwise. */
static size_t lie_about(struct tap_lie *lie, const struct tapped *record, uint8_t *out)
{
    struct handshake_header h;
    const uint8_t *bytes;
    size_t at = 0, len = 0;

    for (size_t from = 0; tap_fragment(record, &at, &h, &bytes); from = at) {
        if (h.msg_type == lie->type && (lie->most == 0 || lie->told < lie->most)) {
            len += lie_of(lie, h, bytes, out + len);
            lie->told++;
            continue;
        }
        memcpy(out + len, record->body + from, at - from);
        len += at - from;
    }
    return len;
}

void tap_tell_lie(struct world *world, struct world_datagram *d)
{
    struct tap_lie *lie = world->config.user;
    struct world_datagram told = *d;
    uint8_t body[WORLD_DATAGRAM];
    struct tapped record;
    size_t at = 0;

    if (d->from != lie->from)
        return;
    told.len = 0;
    for (size_t from = 0; tap_next(world, d, &at, &record); from = at) {
        unsigned before = lie->told;
        size_t len = lie_about(lie, &record, body);
        struct outgoing again = { .type = record.type, .epoch = record.epoch,
                                  .number = record.number };
        if (lie->told > before) {
            told.len += seal_as(world->ends[d->from].dtls, &again, (skiff_bytes){ body, len },
                                told.bytes + told.len);
            continue;
        }
        memcpy(told.bytes + told.len, d->bytes + from, at - from);
        told.len += at - from;
    }
    *d = told;
}
