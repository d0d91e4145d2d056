/* record12.c - plaintext records, and the ciphertext of DTLS 1.2 (RFC 6347 section 4.1,
 * RFC 5288, RFC 6655, RFC 7905), with a connection id and without (RFC 9146). */
#include "record/record.h"
#include "wire/record.h"

enum { SALT = 4, ADDITIONAL_DATA_MAX = 8 + 3 + 2 + 8 + RECORD_CID_MAX + 2 };

static void put_u64(uint8_t *at, uint64_t v)
{
    for (int i = 7; i >= 0; i--, v >>= 8)
        at[i] = (uint8_t)v;
}

/* RFC 6347 section 4.1.2.1: where TLS has its 64-bit number, DTLS has epoch and number. */
static uint64_t epoch_and_number(uint32_t epoch, uint64_t number)
{
    return (uint64_t)epoch << 48 | number;
}

/* RFC 5288 and RFC 6655 section 3: salt and explicit part; ChaCha20 has none (RFC 7905
 * section 2). */
static void make_nonce(const struct keys *keys, const uint8_t *explicit_part,
                       uint64_t number, uint8_t nonce[SKF_NONCE])
{
    if (explicit_part == NULL) {
        number_nonce(keys, number, nonce);
        return;
    }
    memcpy(nonce, keys->iv, SALT);
    memcpy(nonce + SALT, explicit_part, RECORD12_EXPLICIT_NONCE);
}

/* The fields that the tag covers beside the text. */
struct additional_fields {
    uint8_t type;
    uint16_t version;
    uint32_t epoch;
    uint64_t number;
    skiff_bytes cid; /* empty: there is none */
    uint16_t len;    /* of the plaintext, the inner type included */
};

/* RFC 5246 section 6.2.3.3 */
static void without_id(struct walk *w, struct additional_fields *c)
{
    uint64_t number = epoch_and_number(c->epoch, c->number);

    walk_u64(w, &number);
    walk_u8(w, &c->type);
    walk_u16(w, &c->version);
    walk_u16(w, &c->len);
}

/* RFC 9146 section 5.3 */
static void with_id(struct walk *w, struct additional_fields *c)
{
    uint64_t seq_num_placeholder = UINT64_MAX;
    uint64_t number = epoch_and_number(c->epoch, c->number);
    uint8_t tls12_cid = CONTENT_TLS12_CID, cid_length = (uint8_t)c->cid.len;

    walk_u64(w, &seq_num_placeholder);
    walk_u8(w, &tls12_cid);
    walk_u8(w, &cid_length);
    walk_u8(w, &tls12_cid);
    walk_u16(w, &c->version);
    walk_u64(w, &number);
    walk_view(w, &c->cid);
    walk_u16(w, &c->len);
}

static skiff_bytes additional_data(uint8_t ad[ADDITIONAL_DATA_MAX],
                                   struct additional_fields *c)
{
    struct walk w = walk_writer(ad, ADDITIONAL_DATA_MAX);

    if (c->cid.len > 0)
        with_id(&w, c);
    else
        without_id(&w, c);
    return (skiff_bytes){ ad, w.at };
}

static bool seal_text(struct skf_crypto *crypto, const struct outgoing *record,
                      uint8_t *text, size_t len)
{
    const struct keys *keys = record->keys;
    struct additional_fields fields = { record->type,   DTLS_1_2,    record->epoch,
                                        record->number, record->cid, (uint16_t)len };
    size_t extra = skf_record_header_size(keys, 0) - RECORD_HEADER;
    uint8_t nonce[SKF_NONCE], ad[ADDITIONAL_DATA_MAX];

    if (extra != 0)
        put_u64(text - extra, epoch_and_number(record->epoch, record->number));
    make_nonce(keys, extra != 0 ? text - extra : NULL,
               epoch_and_number(record->epoch, record->number), nonce);
    return skf_aead_seal(crypto,
                         &(struct skf_aead){ .alg = keys->aead,
                                             .key = keys->key,
                                             .nonce = nonce,
                                             .ad = additional_data(ad, &fields) },
                         text, len);
}

bool skf_record_seal12(struct skf_crypto *crypto, const struct outgoing *record,
                       uint8_t *at, size_t len)
{
    bool has_id = record->keys != NULL && record->cid.len > 0;
    size_t header_len = RECORD_HEADER + (has_id ? record->cid.len : 0);
    size_t before = skf_record_header_size(record->keys, record->cid.len);
    struct record_header header = {
        .type = has_id ? CONTENT_TLS12_CID : record->type,
        .version = DTLS_1_2,
        .epoch = (uint16_t)record->epoch,
        .sequence_number = record->number,
        .connection_id = record->cid,
        .length = (uint16_t)(before - header_len + len
                             + skf_record_trailer_size(record->keys, record->cid.len)),
    };
    size_t size;

    if (record->cid.len > RECORD_CID_MAX
        || !record_header_write(&header, at, header_len, &size))
        return false;
    if (record->keys == NULL)
        return true;
    if (has_id)
        at[before + len++] = record->type;
    return seal_text(crypto, record, at + before, len);
}

bool skf_record_aead12(struct skf_crypto *crypto, const struct keys *keys,
                       struct incoming *record)
{
    size_t extra = skf_record_header_size(keys, 0) - RECORD_HEADER;
    size_t tag = skf_aead_tag_len(keys->aead);
    uint8_t nonce[SKF_NONCE], ad[ADDITIONAL_DATA_MAX];

    if (record->len < extra + tag || record->cid.len > RECORD_CID_MAX)
        return false;

    size_t len = record->len - extra - tag;
    struct additional_fields fields = { record->type,   record->version, record->epoch,
                                        record->number, record->cid,     (uint16_t)len };
    make_nonce(keys, extra != 0 ? record->body : NULL,
               epoch_and_number(record->epoch, record->number), nonce);
    if (!skf_aead_open(crypto,
                       &(struct skf_aead){ .alg = keys->aead,
                                           .key = keys->key,
                                           .nonce = nonce,
                                           .ad = additional_data(ad, &fields) },
                       record->body + extra, len + tag))
        return false;
    record->body += extra;
    record->len = len;
    return true;
}
