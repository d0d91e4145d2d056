/* plaintext.c - opens sealed records of 1.3, edits them and seals them again. */
#include "plaintext.h"

#include <stdio.h>
#include <stdlib.h>

#include "association/context.h"
#include "association/epoch.h"
#include "association/optional_state.h"
#include "wire/extension.h"
#include "wire/hello.h"

/* A sender has at most two epochs at once, of different bits. */
static uint32_t epoch_of(const struct skiff_dtls *sender, uint32_t bits)
{
    if ((sender->write_epoch & UNIFIED_EPOCH) == bits)
        return sender->write_epoch;
    return sender->slot != NULL ? sender->slot->previous_epoch : 0;
}

static bool open_sealed(struct skiff_dtls *sender, struct incoming *in)
{
    in->epoch = epoch_of(sender, in->epoch);
    const struct sealing *sealing = skf_sealing_of(sender, in->epoch);
    if (sealing == NULL)
        return false;

    struct opening opening = { .keys = sealing->keys, .window = { .next = sealing->next } };
    return skf_record_open(sender->context->crypto, &opening, in) == RECORD_OPENED;
}

bool plaintext_next(const struct world *world, const struct world_datagram *d, size_t *at,
                    struct opened_record *record)
{
    static uint8_t copy[WORLD_DATAGRAM];
    uint8_t *from = copy + *at;
    size_t left = d->len - *at;
    size_t id_len = skf_peer_cid(cids_of(world->ends[d->from].dtls)).len;
    struct incoming in;

    memcpy(copy, d->bytes, d->len);
    if (left == 0 || !skf_record_parse(&from, &left, id_len, &in))
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

bool plaintext_fragment(const struct opened_record *record, size_t *at,
                        struct handshake_header *header, const uint8_t **bytes)
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
    const struct sealing *sealing = skf_sealing_of(dtls, record->epoch);

    record->keys = sealing != NULL ? &sealing->keys : NULL;
    record->cid = skf_peer_cid(cids_of(dtls));
    size_t before = skf_record_header_size(record->keys, record->cid.len);
    size_t behind = skf_record_trailer_size(record->keys, record->cid.len);
    if (body.len > 0)
        memcpy(out + before, body.ptr, body.len);
    if (!skf_record_seal(dtls->context->crypto, record, out, body.len))
        abort();
    return before + body.len + behind;
}

size_t plaintext_seal(struct skiff_dtls *dtls, uint32_t epoch, uint8_t type,
                      skiff_bytes body, uint8_t *out)
{
    struct sealing *sealing = skf_sealing_of(dtls, epoch);
    uint64_t *next = sealing != NULL ? &sealing->next : &dtls->next_plain_number;
    struct outgoing record = { .type = type, .epoch = epoch, .number = (*next)++ };

    return seal_as(dtls, &record, body, out);
}

skiff_status plaintext_send_record(struct world *world, int from, uint8_t type,
                                   const void *body, size_t len)
{
    struct skiff_dtls *dtls = world->ends[from].dtls;
    uint8_t bytes[WORLD_DATAGRAM];
    size_t size =
        plaintext_seal(dtls, dtls->write_epoch, type, (skiff_bytes){ body, len }, bytes);

    return world_deliver(world, 1 - from, bytes, size);
}

void plaintext_put_part(struct record_body *l, uint8_t type, uint16_t seq, skiff_bytes body,
                        uint32_t part)
{
    struct handshake_header h = { .msg_type = type,
                                  .length = (uint32_t)body.len,
                                  .message_seq = seq,
                                  .fragment_length = part };
    size_t size;

    if (!handshake_header_write(&h, l->bytes + l->len, HANDSHAKE_HEADER, &size))
        abort();
    if (part > 0)
        memcpy(l->bytes + l->len + size, body.ptr, part);
    l->len += size + part;
}

void plaintext_put(struct record_body *l, uint8_t type, uint16_t seq, skiff_bytes body)
{
    plaintext_put_part(l, type, seq, body, (uint32_t)body.len);
}

uint64_t plaintext_send(struct world *world, int from, uint32_t epoch,
                        const struct record_body *l)
{
    struct skiff_dtls *dtls = world->ends[from].dtls;
    uint64_t number = skf_sealing_of(dtls, epoch)->next;
    uint8_t bytes[WORLD_DATAGRAM];
    size_t len = plaintext_seal(dtls, epoch, CONTENT_HANDSHAKE,
                                (skiff_bytes){ l->bytes, l->len }, bytes);

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

static void change_extension(const struct message_edit *edit, struct extension *e,
                             struct walk *w)
{
    bool meant = e->extension_type == edit->at;

    if (meant && edit->change == SET_EXTENSION)
        e->extension_data = (skiff_bytes){ (const uint8_t *)edit->bytes, edit->len };
    if (!meant || edit->change != DROP_EXTENSION)
        extension(w, e);
}

static size_t change_extensions(const struct message_edit *edit, skiff_bytes body,
                                uint8_t *out)
{
    size_t before = bytes_before_extensions(edit->type, body);
    struct walk list =
        walk_reader((skiff_bytes){ body.ptr + before + 2, body.len - before - 2 });
    struct walk w = walk_writer(out + before, WORLD_DATAGRAM - before);
    struct extension added = { (uint16_t)edit->at,
                               { (const uint8_t *)edit->bytes, edit->len } };
    struct walk_block block = walk_open(&w, 2);
    struct extension e = { 0 };

    memcpy(out, body.ptr, before);
    while (list.at < list.end && !list.failed) {
        extension(&list, &e);
        change_extension(edit, &e, &w);
    }
    if (edit->change == ADD_EXTENSION)
        extension(&w, &added);
    walk_close(&w, block);
    if (w.failed || list.failed)
        abort();
    return before + w.at;
}

size_t plaintext_change(const struct message_edit *edit, skiff_bytes body, uint8_t *out)
{
    if (edit->change == REPLACE_BODY) {
        if (edit->len > 0)
            memcpy(out, edit->bytes, edit->len);
        return edit->len;
    }
    if (edit->change != PATCH_BODY)
        return change_extensions(edit, body, out);
    memcpy(out, body.ptr, body.len);
    memcpy(out + (edit->at < 0 ? body.len - (size_t)-edit->at : (size_t)edit->at),
           edit->bytes, edit->len);
    return body.len;
}

void plaintext_turn_extensions(uint8_t type, uint8_t *body, size_t len)
{
    size_t before = bytes_before_extensions(type, (skiff_bytes){ body, len }) + 2,
           end = len;
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

/* Writes the edited message and returns its length. */
static size_t edit_of(const struct message_edit *edit, struct handshake_header h,
                      const uint8_t *bytes, uint8_t *out)
{
    size_t size;

    if (h.fragment_length != h.length)
        abort();
    h.length = h.fragment_length = (uint32_t)plaintext_change(
        edit, (skiff_bytes){ bytes, h.length }, out + HANDSHAKE_HEADER);
    if (!handshake_header_write(&h, out, HANDSHAKE_HEADER, &size))
        abort();
    return size + h.length;
}

/* Copies a record's messages and edits those that the edit is for. */
static size_t edit_messages(struct message_edit *edit, const struct opened_record *record,
                            uint8_t *out)
{
    struct handshake_header h;
    const uint8_t *bytes;
    size_t at = 0, len = 0;

    for (size_t from = 0; plaintext_fragment(record, &at, &h, &bytes); from = at) {
        if (h.msg_type == edit->type && (edit->most == 0 || edit->edits < edit->most)) {
            len += edit_of(edit, h, bytes, out + len);
            edit->edits++;
            continue;
        }
        memcpy(out + len, record->body + from, at - from);
        len += at - from;
    }
    return len;
}

void plaintext_send_edited(struct world *world, struct world_datagram *d)
{
    struct message_edit *edit = world->config.user;
    struct world_datagram edited = *d;
    uint8_t body[WORLD_DATAGRAM];
    struct opened_record record;
    size_t at = 0;

    if (d->from != edit->from)
        return;
    edited.len = 0;
    for (size_t from = 0; plaintext_next(world, d, &at, &record); from = at) {
        unsigned before = edit->edits;
        size_t len = edit_messages(edit, &record, body);
        struct outgoing again = { .type = record.type,
                                  .epoch = record.epoch,
                                  .number = record.number };
        if (edit->edits > before) {
            edited.len += seal_as(world->ends[d->from].dtls, &again,
                                  (skiff_bytes){ body, len }, edited.bytes + edited.len);
            continue;
        }
        memcpy(edited.bytes + edited.len, d->bytes + from, at - from);
        edited.len += at - from;
    }
    *d = edited;
}

bool plaintext_is_refused(struct story *s, const struct refused_edit *refused,
                          void (*begin)(struct story *s, void *user), void *user)
{
    struct message_edit edit = { .from = refused->from,
                                 .type = refused->type,
                                 .change = refused->change,
                                 .at = refused->at,
                                 .bytes = refused->bytes,
                                 .len = refused->len };
    const struct world_end *receiver = &s->world.ends[1 - edit.from],
                           *sender = &s->world.ends[edit.from];

    s->network.meddler = plaintext_send_edited;
    s->network.user = &edit;
    begin(s, user);
    world_pass(&s->world, SKIFF_MSEC(1200));
    skiff_failure failure = story_failure(s, 1 - edit.from),
                  received = story_failure(s, edit.from);
    if (edit.edits > 0 && receiver->failed && !receiver->connected
        && failure.alert == refused->alert && !failure.from_peer && sender->failed
        && received.from_peer && received.alert == refused->alert)
        return true;
    fprintf(stderr, "message %d, change %d at %d: alert %d, received %d, wanted %d\n",
            refused->type, (int)refused->change, refused->at, failure.alert, received.alert,
            refused->alert);
    world_picture(&s->world);
    return false;
}
