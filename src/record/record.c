/* record.c - records of either version: cutting, windows, limits. */
#include "record/record.h"

#include <skiff/packet.h>

#include "record/record_size.h"
#include "wire/record.h"

_Static_assert(RECORD_HEADER + RECORD12_EXPLICIT_NONCE + RECORD_CID_MAX <= SKIFF_HEAD,
               "the longest header does not fit in front of a packet");

bool skf_record_seal(struct skf_crypto *crypto, const struct outgoing *record, uint8_t *at,
                     size_t len)
{
    if (record->keys != NULL && record->keys->unified)
        return skf_record_seal13(crypto, record, at, len);
    return skf_record_seal12(crypto, record, at, len);
}

/* A header of either version, once it is read. Behind an id that is none of ours the
 * rest cannot be read: record and rest go together. */
static bool cut_body(const struct walk *w, skiff_bytes id, size_t len,
                     struct incoming *record)
{
    bool unknown = record->has_cid && id.len == 0;

    if (w->failed || (!unknown && len > w->end - w->at))
        return false;
    if (record->has_cid)
        record->cid = id;
    record->header_len = w->at;
    record->body = record->header + w->at;
    record->len = unknown ? w->end - w->at : len;
    return true;
}

static bool cut_plain(struct walk *w, size_t id_len, struct incoming *record)
{
    struct record_header header = { .connection_id.len = id_len };

    record_header(w, &header);
    record->has_cid = header.type == CONTENT_TLS12_CID;
    record->type = header.type;
    record->version = header.version;
    record->epoch = header.epoch;
    record->number = header.sequence_number;
    return cut_body(w, header.connection_id, header.length, record);
}

/* RFC 9147 section 4: without a length the record is all that is left of the datagram. */
static bool cut_unified(struct walk *w, size_t id_len, struct incoming *record)
{
    struct unified_header header = { .connection_id.len = id_len };

    unified_header(w, &header);
    bool has_length = (header.flags & UNIFIED_HAS_LENGTH) != 0;
    record->has_cid = (header.flags & UNIFIED_HAS_CID) != 0;
    record->unified = true;
    record->version = DTLS_1_3;
    record->epoch = header.flags & UNIFIED_EPOCH;
    return cut_body(w, header.connection_id, has_length ? header.length : w->end - w->at,
                    record);
}

bool skf_record_parse(uint8_t **at, size_t *remaining, size_t id_len,
                      struct incoming *record)
{
    struct walk w = walk_reader((skiff_bytes){ *at, *remaining });
    bool unified = *remaining > 0 && (**at & UNIFIED_MASK) == UNIFIED;

    *record = (struct incoming){ .header = *at };
    if (unified ? !cut_unified(&w, id_len, record) : !cut_plain(&w, id_len, record))
        return false;
    *at += record->header_len + record->len;
    *remaining -= record->header_len + record->len;
    return true;
}

/* Of the other version's form, or too short for a tag, and in 1.3 for the bytes that unmask
 * its number (RFC 9147 section 4.2.3). */
static bool is_unfit(const struct keys *keys, const struct incoming *record)
{
    size_t extra = keys->unified ? RECORD_INNER_TYPE : explicit_nonce(keys);

    return record->unified != keys->unified
        || record->len < extra + skf_aead_tag_len(keys->aead);
}

enum opened skf_record_open(struct skf_crypto *crypto, struct opening *theirs,
                            struct incoming *record)
{
    const struct keys *keys = &theirs->keys;
    bool unified = keys->unified;

    if (is_unfit(keys, record))
        return RECORD_UNFIT;
    if (unified && !skf_record_unmask(crypto, theirs, record))
        return RECORD_FAILED;
    if (!window_is_new(&theirs->window, record->number))
        return RECORD_SEEN;
    if (unified ? !skf_record_aead13(crypto, keys, record)
                : !skf_record_aead12(crypto, keys, record)) {
        if (skf_crypto_has_failed(crypto))
            return RECORD_FAILED;
        theirs->failed++;
        return RECORD_FORGED;
    }

    size_t plaintext = record->len, type = inner_type(keys, record->has_cid);
    if (type > 0 && !skf_record_strip(record))
        return RECORD_EMPTY;
    record->newest = record->number >= theirs->window.next;
    window_mark(&theirs->window, record->number);
    record->content = plaintext - type;
    return RECORD_OPENED;
}

/* CCM: 2^23 records and 2^23.5 forgeries (RFC 9147 B.1, B.2). With a tag of 8 bytes 2^7
 * forgeries would keep the margin of the others, and 128 forged datagrams would end an
 * association (RFC 9147 B.3): 2^20 leaves one chance in 2^44. */
static const struct {
    uint64_t seals, forgeries;
} limits[AEAD_COUNT] = {
    [AEAD_AES_128_GCM] = { UINT64_C(23726566), UINT64_C(1) << 36 }, /* 2^24.5 */
    [AEAD_AES_256_GCM] = { UINT64_C(23726566), UINT64_C(1) << 36 },
    [AEAD_CHACHA20_POLY1305] = { (UINT64_C(1) << 48) - 1, UINT64_C(1) << 36 },
    [AEAD_AES_128_CCM] = { UINT64_C(1) << 23, UINT64_C(11863283) },
    [AEAD_AES_128_CCM_8] = { UINT64_C(1) << 23, UINT64_C(1) << 20 },
};

uint64_t skf_sealing_limit(enum skf_aead_alg aead)
{
    return limits[aead].seals;
}

uint64_t skf_forgery_limit(enum skf_aead_alg aead)
{
    return limits[aead].forgeries;
}
