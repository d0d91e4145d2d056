/* connection_ids.c - the connection ids of one association. */
#include "handshake/connection_ids.h"

#include "handshake/settings.h"

/* --- ours ----------------------------------------------------------------------------- */

size_t skf_our_cid_len(const struct cids *cids)
{
    return cids != NULL && cids->negotiated ? cids->settings->connection_id_len : 0;
}

/* OUR_CIDS when it is none of ours. */
static uint8_t index_of(const struct cids *cids, skiff_bytes id)
{
    for (uint8_t i = 0; i < cids->num; i++)
        if (id.len == cids->settings->connection_id_len
            && memcmp(cids->ours[i].bytes, id.ptr, id.len) == 0)
            return i;
    return OUR_CIDS;
}

/* RFC 9146 section 3: where an id is due, a record without one is no good. */
bool skf_cid_is_ours(const struct cids *cids, bool has_cid, skiff_bytes cid)
{
    if (skf_our_cid_len(cids) == 0)
        return !has_cid;
    return has_cid && index_of(cids, cid) < OUR_CIDS;
}

static void remove_at(struct cids *cids, uint8_t index)
{
    cids->num--;
    memmove(&cids->ours[index], &cids->ours[index + 1],
            (size_t)(cids->num - index) * sizeof *cids->ours);
}

static void note_use(struct cids *cids, uint8_t index)
{
    struct our_cid it = cids->ours[index];

    if (it.used && index == cids->num - 1)
        return;
    it.used = true;
    remove_at(cids, index);
    cids->ours[cids->num++] = it;
}

/* The id that was used last stands behind all others that were used. */
static bool is_another(const struct cids *cids, uint8_t index)
{
    bool another = !cids->ours[index].used;

    for (uint8_t i = index + 1; i < cids->num; i++)
        another |= cids->ours[i].used;
    return another;
}

int skf_cids_unused(const struct cids *cids)
{
    int unused = 0;

    for (uint8_t i = 0; i < cids->num; i++)
        unused += !cids->ours[i].used;
    return unused;
}

/* Behind the one in use another may still be on its way. */
static void drop_oldest(struct cids *cids)
{
    uint8_t oldest = 0;

    if (cids->num < OUR_CIDS)
        return;
    while (!cids->ours[oldest].used)
        oldest++;
    remove_at(cids, oldest);
}

/* Short ones by chance may be alike: the next number is as good. */
static bool generate_random(const struct cids *cids, uint8_t *id, size_t len)
{
    if (!skf_random(id, len))
        return false;
    while (index_of(cids, (skiff_bytes){ id, len }) < OUR_CIDS)
        id[len - 1]++;
    return true;
}

/* The caller's has to be another one than those that are good already. */
static bool generate_by_caller(const struct cids *cids, uint8_t *id, size_t len)
{
    cids->settings->connection_id(cids->settings->user, cids->dtls, id);
    return index_of(cids, (skiff_bytes){ id, len }) == OUR_CIDS;
}

int skf_cids_generate(struct cids *cids, int num, int most)
{
    bool by_caller = cids->settings->connection_id != NULL;
    size_t len = cids->settings->connection_id_len;
    int available = most - skf_cids_unused(cids), made = 0;

    for (; made < num && made < available; made++) {
        struct our_cid next = { .used = false };
        if (!(by_caller ? generate_by_caller : generate_random)(cids, next.bytes, len))
            break;
        drop_oldest(cids);
        cids->ours[cids->num++] = next;
    }
    return made;
}

/* --- theirs --------------------------------------------------------------------------- */

skiff_bytes skf_peer_cid(const struct cids *cids)
{
    if (cids == NULL || !cids->negotiated)
        return (skiff_bytes){ NULL, 0 };
    return (skiff_bytes){ cids->theirs.bytes, cids->theirs.len };
}

static bool store_cid(struct peer_cid *id, skiff_bytes bytes)
{
    if (bytes.len == 0 || bytes.len > CID_MAX)
        return false;
    id->len = (uint8_t)bytes.len;
    memcpy(id->bytes, bytes.ptr, bytes.len);
    return true;
}

bool skf_cids_set_peer(struct cids *cids, skiff_bytes id)
{
    return store_cid(&cids->theirs, id);
}

bool skf_cids_add_spare(struct cids *cids, skiff_bytes id)
{
    if (cids->num_spares == THEIR_SPARES || !store_cid(&cids->spares[cids->num_spares], id))
        return false;
    cids->num_spares++;
    return true;
}

bool skf_cids_use_spare(struct cids *cids)
{
    if (cids->num_spares == 0)
        return false;
    cids->theirs = cids->spares[0];
    cids->num_spares--;
    memmove(cids->spares, cids->spares + 1, cids->num_spares * sizeof *cids->spares);
    return true;
}

/* --- where the peer is ---------------------------------------------------------------- */

void skf_cids_begin_datagram(struct cids *cids, uint64_t path)
{
    if (cids == NULL)
        return;
    cids->datagram_path = path;
    if (cids->path == 0)
        cids->path = path;
}

bool skf_cids_note_use(struct cids *cids, skiff_bytes cid)
{
    uint8_t index = index_of(cids, cid);

    cids->changed_cid = is_another(cids, index);
    note_use(cids, index);
    return cids->datagram_path != 0 && cids->datagram_path != cids->path;
}
