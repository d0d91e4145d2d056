/* record12.c - plaintext records, and the ciphertext of DTLS 1.2 (RFC 6347 section 4.1,
 * RFC 5288, RFC 6655, RFC 7905). */
#include "dtls/record.h"
#include "wire/record.h"

enum { SALT = 4, ADDITIONAL_DATA = 13 };

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

/* RFC 5246 section 6.2.3.3 */
static void additional_data(uint8_t ad[ADDITIONAL_DATA], uint64_t number, uint8_t type,
                            uint16_t version, size_t len)
{
    put_u64(ad, number);
    ad[8] = type;
    ad[9] = (uint8_t)(version >> 8);
    ad[10] = (uint8_t)version;
    ad[11] = (uint8_t)(len >> 8);
    ad[12] = (uint8_t)len;
}

bool record_seal12(struct skf_crypto *crypto, const struct outgoing *record, uint8_t *at,
                   size_t len)
{
    size_t extra = record_before(record->keys) - RECORD_HEADER;
    struct record_header header = {
        .type = record->type, .version = DTLS_1_2, .epoch = (uint16_t)record->epoch,
        .sequence_number = record->number,
        .length = (uint16_t)(extra + len + record_behind(record->keys)),
    };
    uint64_t number = epoch_and_number(record->epoch, record->number);
    uint8_t nonce[SKF_NONCE], ad[ADDITIONAL_DATA];
    size_t size;

    if (!record_header_write(&header, at, RECORD_HEADER, &size))
        return false;
    if (record->keys == NULL)
        return true;
    if (extra != 0)
        put_u64(at + RECORD_HEADER, number);
    make_nonce(record->keys, extra != 0 ? at + RECORD_HEADER : NULL, number, nonce);
    additional_data(ad, number, record->type, DTLS_1_2, len);
    return skf_aead_seal(crypto,
                         &(struct skf_aead){ .alg = record->keys->aead,
                                             .key = record->keys->key,
                                             .nonce = nonce,
                                             .ad = { ad, sizeof ad } },
                         at + RECORD_HEADER + extra, len);
}

bool record_aead12(struct skf_crypto *crypto, const struct keys *keys,
                   struct incoming *record)
{
    size_t extra = record_before(keys) - RECORD_HEADER, tag = record_behind(keys);
    uint64_t number = epoch_and_number(record->epoch, record->number);
    uint8_t nonce[SKF_NONCE], ad[ADDITIONAL_DATA];

    if (record->len < extra + tag)
        return false;

    size_t len = record->len - extra - tag;
    make_nonce(keys, extra != 0 ? record->body : NULL, number, nonce);
    additional_data(ad, number, record->type, record->version, len);
    if (!skf_aead_open(crypto,
                       &(struct skf_aead){ .alg = keys->aead,
                                           .key = keys->key,
                                           .nonce = nonce,
                                           .ad = { ad, sizeof ad } },
                       record->body + extra, len + tag))
        return false;
    record->body += extra;
    record->len = len;
    return true;
}
