/* ids.c - the connection ids of one association. */
#include "dtls/ids.h"

#include <skiff/dtls.h>

#include "wire/record.h"

_Static_assert(RECORD_HEADER + RECORD12_EXPLICIT_NONCE + ID_MAX <= SKIFF_HEAD,
               "the longest header has no room in front of a packet");

/* --- ours ----------------------------------------------------------------------------- */

size_t our_id_len(const struct ids *ids)
{
    return ids != NULL && ids->agreed ? ids->settings->connection_id_len : 0;
}

/* OUR_IDS when it is none of ours. */
static uint8_t place_of(const struct ids *ids, skiff_bytes id)
{
    for (uint8_t i = 0; i < ids->num; i++)
        if (id.len == ids->settings->connection_id_len
            && memcmp(ids->ours[i].bytes, id.ptr, id.len) == 0)
            return i;
    return OUR_IDS;
}

/* RFC 9146 section 3: where an id is due, a record without one is no good. */
bool names_us(const struct ids *ids, const struct incoming *record)
{
    if (our_id_len(ids) == 0)
        return !record->has_id;
    return record->has_id && place_of(ids, record->id) < OUR_IDS;
}

static void remove_at(struct ids *ids, uint8_t place)
{
    ids->num--;
    memmove(&ids->ours[place], &ids->ours[place + 1],
            (size_t)(ids->num - place) * sizeof *ids->ours);
}

static void note_use(struct ids *ids, uint8_t place)
{
    struct our_id it = ids->ours[place];

    if (it.used && place == ids->num - 1)
        return;
    it.used = true;
    remove_at(ids, place);
    ids->ours[ids->num++] = it;
}

/* What was used last stands behind all others that were used. */
static bool is_another(const struct ids *ids, uint8_t place)
{
    bool another = !ids->ours[place].used;

    for (uint8_t i = place + 1; i < ids->num; i++)
        another |= ids->ours[i].used;
    return another;
}

int ids_unused(const struct ids *ids)
{
    int unused = 0;

    for (uint8_t i = 0; i < ids->num; i++)
        unused += !ids->ours[i].used;
    return unused;
}

/* Behind the one in use another may still be on its way. */
static void make_room(struct ids *ids)
{
    uint8_t oldest = 0;

    if (ids->num < OUR_IDS)
        return;
    while (!ids->ours[oldest].used)
        oldest++;
    remove_at(ids, oldest);
}

/* Short ones by chance may be alike: the next number is as good. */
static bool make_by_chance(const struct ids *ids, uint8_t *id, size_t len)
{
    if (!skf_random(id, len))
        return false;
    while (place_of(ids, (skiff_bytes){ id, len }) < OUR_IDS)
        id[len - 1]++;
    return true;
}

/* The caller's has to be another one than those that are good already. */
static bool make_by_caller(const struct ids *ids, uint8_t *id, size_t len)
{
    ids->settings->connection_id(ids->settings->user, ids->dtls, id);
    return place_of(ids, (skiff_bytes){ id, len }) == OUR_IDS;
}

int ids_make(struct ids *ids, int num, int most)
{
    bool by_caller = ids->settings->connection_id != NULL;
    size_t len = ids->settings->connection_id_len;
    int place = most - ids_unused(ids), made = 0;

    for (; made < num && made < place; made++) {
        struct our_id next = { .used = false };
        if (!(by_caller ? make_by_caller : make_by_chance)(ids, next.bytes, len))
            break;
        make_room(ids);
        ids->ours[ids->num++] = next;
    }
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

bool ids_use_spare(struct ids *ids)
{
    if (ids->num_spares == 0)
        return false;
    ids->theirs = ids->spares[0];
    ids->num_spares--;
    memmove(ids->spares, ids->spares + 1, ids->num_spares * sizeof *ids->spares);
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
    if (!record->has_id || !newest)
        return false;
    uint8_t place = place_of(ids, record->id);

    ids->renamed = is_another(ids, place);
    note_use(ids, place);
    return ids->arriving != 0 && ids->arriving != ids->path;
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
