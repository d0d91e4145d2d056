/* record13.c - the ciphertext of DTLS 1.3: unified header, masked numbers, inner type
 * (RFC 9147 section 4). */
#include "record/record.h"
#include "wire/record.h"

/* We always write 16 bits of the number and the length: 001 C 1 1 EE. */
static bool write_header(const struct outgoing *record, uint8_t *at, size_t sealed,
                         size_t header_len)
{
    struct walk w = walk_writer(at, header_len);
    struct unified_header header = {
        .flags = (uint8_t)(UNIFIED | UNIFIED_LONG_NUMBER | UNIFIED_HAS_LENGTH
                           | (record->cid.len > 0 ? UNIFIED_HAS_CID : 0)
                           | (record->epoch & UNIFIED_EPOCH)),
        .connection_id = record->cid,
        .number = (uint16_t)record->number,
        .length = (uint16_t)sealed,
    };

    unified_header(&w, &header);
    return !w.failed;
}

bool skf_record_seal13(struct skf_crypto *crypto, const struct outgoing *record,
                       uint8_t *at, size_t len)
{
    const struct keys *keys = record->keys;
    size_t before = skf_record_header_size(keys, record->cid.len);
    uint8_t *number = at + 1 + record->cid.len;
    uint8_t nonce[SKF_NONCE], mask[2];

    if (record->number >> 48 != 0 /* RFC 9147 section 4.2.1 */
        || !write_header(record, at, len + skf_record_trailer_size(keys, record->cid.len),
                         before))
        return false;
    at[before + len] = record->type;
    number_nonce(keys, record->number, nonce);
    if (!skf_aead_seal(
            crypto,
            &(struct skf_aead){
                .alg = keys->aead, .key = keys->key, .nonce = nonce, .ad = { at, before } },
            at + before, len + RECORD_INNER_TYPE)
        || !skf_number_mask(crypto, keys->aead, keys->number_key, at + before, mask))
        return false;
    number[0] ^= mask[0];
    number[1] ^= mask[1];
    return true;
}

/* RFC 9147 section 4.2.2: the number nearest to the next one expected. */
static uint64_t nearest(uint64_t expected, uint64_t low, unsigned bits)
{
    uint64_t span = UINT64_C(1) << bits;
    uint64_t number = (expected & ~(span - 1)) | low;

    if (number + span / 2 < expected)
        return number + span;
    if (number >= expected + span / 2 && number >= span)
        return number - span;
    return number;
}

/* RFC 9147 section 4.2.3: 16 bytes of ciphertext are needed to unmask. */
bool skf_record_unmask(struct skf_crypto *crypto, const struct opening *theirs,
                       struct incoming *record)
{
    bool is_long = (record->header[0] & UNIFIED_LONG_NUMBER) != 0;
    bool has_length = (record->header[0] & UNIFIED_HAS_LENGTH) != 0;
    uint8_t *at =
        record->header + record->header_len - (has_length ? 2 : 0) - (is_long ? 2 : 1);
    uint8_t mask[2];

    if (record->len < RECORD_INNER_TYPE + SKF_TAG
        || !skf_number_mask(crypto, theirs->keys.aead, theirs->keys.number_key,
                            record->body, mask))
        return false;
    at[0] ^= mask[0];
    if (is_long)
        at[1] ^= mask[1];
    uint64_t low = is_long ? (uint64_t)(at[0] << 8 | at[1]) : at[0];
    record->number = nearest(theirs->window.next, low, is_long ? 16 : 8);
    return true;
}

bool skf_record_aead13(struct skf_crypto *crypto, const struct keys *keys,
                       struct incoming *record)
{
    uint8_t nonce[SKF_NONCE];

    number_nonce(keys, record->number, nonce);
    if (!skf_aead_open(crypto,
                       &(struct skf_aead){ .alg = keys->aead,
                                           .key = keys->key,
                                           .nonce = nonce,
                                           .ad = { record->header, record->header_len } },
                       record->body, record->len))
        return false;
    record->len -= SKF_TAG;
    return true;
}

/* RFC 8446 section 5.4: the last byte that is not zero is the type. */
bool skf_record_strip(struct incoming *record)
{
    while (record->len > 0 && record->body[record->len - 1] == 0)
        record->len--;
    if (record->len == 0)
        return false;
    record->type = record->body[--record->len];
    return true;
}
