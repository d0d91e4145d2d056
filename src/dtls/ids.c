/* ids.c - the connection ids of one association. */
#include "dtls/ids.h"

#include <skiff/dtls.h>

#include "wire/record.h"

_Static_assert(RECORD_HEADER + RECORD12_EXPLICIT_NONCE + ID_MAX <= SKIFF_HEAD,
               "the longest header has no room in front of a packet");

/* --- ours ----------------------------------------------------------------------------- */

static size_t our_len(const struct ids *ids)
{
    return ids != NULL && ids->agreed ? ids->settings->connection_id_len : 0;
}

/* OUR_IDS when it is none of ours. */
static uint8_t place_of(const struct ids *ids, skiff_bytes id)
{
    for (uint8_t i = 0; i < ids->num; i++)
        if (id.len == our_len(ids) && memcmp(ids->ours[i], id.ptr, id.len) == 0)
            return i;
    return OUR_IDS;
}

/* RFC 9146 section 3: where an id is due, a record without one is no good. */
bool names_us(const struct ids *ids, const struct incoming *record)
{
    if (our_len(ids) == 0)
        return !record->has_id;
    return record->has_id && place_of(ids, record->id) < OUR_IDS;
}

/* The peer uses them in the order that it got them in: what is older than the one before
 * the present one is not on its way any more. */
static void retire(struct ids *ids, int num)
{
    int unused = ids->used > 1 ? ids->used - 1 : 0;

    if (num > unused)
        num = unused;
    ids->num = (uint8_t)(ids->num - num);
    ids->used = (uint8_t)(ids->used - num);
    memmove(ids->ours, ids->ours[num], ids->num * sizeof *ids->ours);
}

static bool make_one(struct ids *ids)
{
    const struct settings *s = ids->settings;
    uint8_t *id = ids->ours[ids->num];

    if (s->connection_id != NULL)
        s->connection_id(s->user, ids->dtls, id);
    else if (!skf_random(id, s->connection_id_len))
        return false;
    ids->num++;
    return true;
}

int ids_make(struct ids *ids, int num)
{
    int made = 0;

    if (num > OUR_IDS - ids->num)
        retire(ids, num - (OUR_IDS - ids->num));
    for (; made < num && ids->num < OUR_IDS; made++)
        if (!make_one(ids))
            return -1;
    return made;
}

/* --- theirs --------------------------------------------------------------------------- */

skiff_bytes id_of_peer(const struct ids *ids)
{
    if (ids == NULL || !ids->agreed)
        return (skiff_bytes){ NULL, 0 };
    return (skiff_bytes){ ids->theirs.bytes, ids->theirs.len };
}

static bool keep(struct id *id, skiff_bytes bytes)
{
    if (bytes.len == 0 || bytes.len > ID_MAX)
        return false;
    id->len = (uint8_t)bytes.len;
    memcpy(id->bytes, bytes.ptr, bytes.len);
    return true;
}

bool ids_take(struct ids *ids, skiff_bytes id)
{
    return keep(&ids->theirs, id);
}

bool ids_take_spare(struct ids *ids, skiff_bytes id)
{
    if (ids->num_spares == THEIR_SPARES || !keep(&ids->spares[ids->num_spares], id))
        return false;
    ids->num_spares++;
    return true;
}

/* --- where the peer is ---------------------------------------------------------------- */

void ids_arrive(struct ids *ids, uint64_t path)
{
    if (ids == NULL)
        return;
    ids->arriving = path;
    if (ids->path == 0)
        ids->path = path;
}

bool ids_heard(struct ids *ids, const struct incoming *record, bool newest)
{
    if (!record->has_id)
        return false;

    uint8_t place = place_of(ids, record->id);
    if (place > ids->used)
        ids->used = place;
    if (!newest || ids->arriving == 0 || ids->arriving == ids->path)
        return false;
    ids->path = ids->arriving;
    return true;
}

/* --- before any handle is known ------------------------------------------------------- */

/* Where the id of a sealed record begins; 0 when it has none (RFC 9146 section 4, figure 3;
 * RFC 9147 section 4, figure 3). */
static size_t id_place(uint8_t first)
{
    if (first == CONTENT_TLS12_CID)
        return RECORD_HEADER - 2;
    return (first & (UNIFIED_MASK | UNIFIED_HAS_ID)) == (UNIFIED | UNIFIED_HAS_ID) ? 1 : 0;
}

bool skiff_connection_id_peek(skiff_bytes datagram, size_t id_len, skiff_bytes *id)
{
    skiff_bytes left = datagram;
    struct record_header header;

    while (left.len >= RECORD_HEADER && id_place(left.ptr[0]) == 0) {
        if (!record_header_read(&header, (skiff_bytes){ left.ptr, RECORD_HEADER })
            || header.version >> 8 != DTLS_MAJOR
            || header.length > left.len - RECORD_HEADER)
            return false;
        left.ptr += RECORD_HEADER + header.length;
        left.len -= RECORD_HEADER + (size_t)header.length;
    }
    size_t at = left.len > 0 ? id_place(left.ptr[0]) : 0;
    if (at == 0 || id_len == 0 || left.len - 1 < at - 1 + id_len)
        return false;
    *id = (skiff_bytes){ left.ptr + at, id_len };
    return true;
}
