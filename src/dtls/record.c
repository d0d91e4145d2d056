/* record.c - records of either version: cutting, windows, limits. */
#include "dtls/record.h"

#include "wire/record.h"

/* GCM and CCM of 1.2 carry the last 8 bytes of their nonce in each record. */
static size_t explicit_nonce(const struct keys *keys)
{
    return keys->aead == AEAD_CHACHA20_POLY1305 ? 0 : RECORD12_EXPLICIT_NONCE;
}

size_t record_before(const struct keys *keys)
{
    if (keys == NULL)
        return RECORD_HEADER;
    return keys->unified ? RECORD13_HEADER : RECORD_HEADER + explicit_nonce(keys);
}

size_t record_behind(const struct keys *keys)
{
    if (keys == NULL)
        return 0;
    return keys->unified ? RECORD13_TYPE + SKF_TAG : skf_aead_tag_len(keys->aead);
}

bool record_seal(struct skf_crypto *crypto, const struct outgoing *record, uint8_t *at,
                 size_t len)
{
    if (record->keys != NULL && record->keys->unified)
        return record_seal13(crypto, record, at, len);
    return record_seal12(crypto, record, at, len);
}

static bool cut_plain(uint8_t **at, size_t *left, struct incoming *record)
{
    struct record_header header;

    if (*left < RECORD_HEADER
        || !record_header_read(&header, (skiff_bytes){ *at, RECORD_HEADER })
        || header.length > *left - RECORD_HEADER)
        return false;
    *record = (struct incoming){ .header = *at, .header_len = RECORD_HEADER,
                                 .type = header.type, .version = header.version,
                                 .epoch = header.epoch, .number = header.sequence_number,
                                 .body = *at + RECORD_HEADER, .len = header.length };
    return true;
}

/* RFC 9147 section 4: without a length the record is all that is left of the datagram. */
static bool cut_unified(uint8_t **at, size_t *left, struct incoming *record)
{
    struct walk w = walk_reader((skiff_bytes){ *at, *left });
    struct unified_header header = { .id_len = 0 };

    unified_header(&w, &header);
    if (w.failed || (header.flags & UNIFIED_HAS_ID) != 0)
        return false;
    size_t len = (header.flags & UNIFIED_HAS_LENGTH) != 0 ? header.length : *left - w.at;
    if (len > *left - w.at)
        return false;
    *record = (struct incoming){ .header = *at, .header_len = w.at, .unified = true,
                                 .version = DTLS_1_3, .epoch = header.flags & UNIFIED_EPOCH,
                                 .body = *at + w.at, .len = len };
    return true;
}

bool record_cut(uint8_t **at, size_t *left, struct incoming *record)
{
    bool unified = *left > 0 && (**at & UNIFIED_MASK) == UNIFIED;

    if (unified ? !cut_unified(at, left, record) : !cut_plain(at, left, record))
        return false;
    *at += record->header_len + record->len;
    *left -= record->header_len + record->len;
    return true;
}

enum opened record_open(struct skf_crypto *crypto, struct opening *theirs,
                        struct incoming *record)
{
    const struct keys *keys = &theirs->keys;
    bool unified = keys->unified;

    if (record->unified != unified || (unified && !record_unmask(crypto, theirs, record)))
        return RECORD_FORGED;
    if (!window_is_new(&theirs->window, record->number))
        return RECORD_SEEN;
    if (unified ? !record_aead13(crypto, keys, record)
                : !record_aead12(crypto, keys, record)) {
        theirs->failed++;
        return RECORD_FORGED;
    }
    window_take(&theirs->window, record->number);
    return !unified || record_strip(record) ? RECORD_OPENED : RECORD_EMPTY;
}

/* CCM: 2^23 records and 2^23.5 forgeries (RFC 9147 B.1, B.2). With a tag of 8 bytes 2^7
 * forgeries would keep the margin of the others, and anybody's 128 datagrams would end an
 * association (RFC 9147 B.3): 2^20 leaves one chance in 2^44. */
static const struct {
    uint64_t seals, forgeries;
} limits[AEAD_COUNT] = {
    [AEAD_AES_128_GCM]       = { UINT64_C(23726566), UINT64_C(1) << 36 },   /* 2^24.5 */
    [AEAD_AES_256_GCM]       = { UINT64_C(23726566), UINT64_C(1) << 36 },
    [AEAD_CHACHA20_POLY1305] = { (UINT64_C(1) << 48) - 1, UINT64_C(1) << 36 },
    [AEAD_AES_128_CCM]       = { UINT64_C(1) << 23, UINT64_C(11863283) },
    [AEAD_AES_128_CCM_8]     = { UINT64_C(1) << 23, UINT64_C(1) << 20 },
};

uint64_t sealing_limit(enum skf_aead_alg aead)
{
    return limits[aead].seals;
}

uint64_t forgery_limit(enum skf_aead_alg aead)
{
    return limits[aead].forgeries;
}
