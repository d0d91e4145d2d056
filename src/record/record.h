/* record.h - seal and open records. Knows keys, sequence numbers and their limits.
 * Knows no message. */
#ifndef SKF_RECORD_H
#define SKF_RECORD_H

#include "base/window.h"
#include "crypto/traffic_keys.h"
#include "record/record_size.h"
#include "wire/record.h"

/* An epoch that we write in: its keys, unless it is epoch 0, and the next number. */
struct sealing {
    uint64_t next;
    struct keys keys;
};

/* An epoch that we read. */
struct opening {
    struct window window;
    uint64_t failed; /* tags that did not verify */
    struct keys keys;
};

/* One record about to be sealed; epoch 0 has no keys. */
struct outgoing {
    uint8_t type;
    uint32_t epoch;
    uint64_t number;
    const struct keys *keys;
    skiff_bytes cid; /* an id of the peer, or empty: up to RECORD_CID_MAX bytes */
};

/* Seals in place: the plaintext lies `skf_record_header_size` bytes behind `at`. False:
 * libcrypto. */
SKIFF_MUST_USE bool skf_record_seal(struct skf_crypto *crypto,
                                    const struct outgoing *record, uint8_t *at, size_t len);

/* How many records one key may seal before the association has to be closed, and how
 * many forgeries it may meet (RFC 9147 section 4.5.3; 1.2 has the same AEADs and the
 * same limits). */
uint64_t skf_sealing_limit(enum skf_aead_alg aead);
uint64_t skf_forgery_limit(enum skf_aead_alg aead);

/* One record of a datagram as it came. A unified header contains only two bits of the
 * epoch; number and type are known once it is opened. */
struct incoming {
    uint8_t *header;
    size_t header_len;
    bool unified;
    uint8_t type;
    uint16_t version;
    uint32_t epoch;
    uint64_t number;
    bool has_cid;
    skiff_bytes cid; /* empty with has_cid: we have no ids */
    bool newest;     /* opened: of a higher number than all before */
    uint8_t *body;
    size_t len;
    size_t content; /* its length when it was sealed, padding and all */
};

/* Cuts the first record off a datagram, with an id of `id_len` bytes if it has one; false
 * when what is left is no whole record. */
SKIFF_MUST_USE bool skf_record_parse(uint8_t **at, size_t *remaining, size_t id_len,
                                     struct incoming *record);

enum opened {
    RECORD_OPENED,
    RECORD_SEEN,
    RECORD_FORGED,
    RECORD_EMPTY,
    RECORD_UNFIT,
    RECORD_FAILED
};

/* Opens in place and leaves the plaintext in body and len; the window moves only then.
 * EMPTY is a genuine record that holds nothing but padding. UNFIT has no tag that could
 * verify: only FORGED is a trial of the key. FAILED has libcrypto. */
SKIFF_MUST_USE enum opened skf_record_open(struct skf_crypto *crypto,
                                           struct opening *theirs, struct incoming *record);

/* record12.c, record13.c: what the two record layers do differently. */
bool skf_record_seal12(struct skf_crypto *crypto, const struct outgoing *record,
                       uint8_t *at, size_t len);
bool skf_record_seal13(struct skf_crypto *crypto, const struct outgoing *record,
                       uint8_t *at, size_t len);
bool skf_record_aead12(struct skf_crypto *crypto, const struct keys *keys,
                       struct incoming *record);
bool skf_record_aead13(struct skf_crypto *crypto, const struct keys *keys,
                       struct incoming *record);
bool skf_record_unmask(struct skf_crypto *crypto, const struct opening *theirs,
                       struct incoming *record);
bool skf_record_strip(struct incoming *record);

/* The IV with the number XORed into its last 8 bytes (RFC 8446 section 5.3, RFC 7905). */
static inline void number_nonce(const struct keys *keys, uint64_t number,
                                uint8_t nonce[SKF_NONCE])
{
    memcpy(nonce, keys->iv, SKF_NONCE);
    for (int i = SKF_NONCE - 1; i >= SKF_NONCE - 8; i--, number >>= 8)
        nonce[i] ^= (uint8_t)number;
}

#endif
