/* handshake.h - the facts of one handshake, grouped by who writes them.
 *
 * What the message files see: they read facts, write facts and refuse. They know no record,
 * no flight, no timer.
 */
#ifndef SKF_HANDSHAKE_H
#define SKF_HANDSHAKE_H

#include "crypto/crypto.h"
#include "dtls/peer.h"
#include "dtls/script.h"
#include "dtls/settings.h"
#include "dtls/transcript.h"
#include "wire/hello.h"
#include "wire/numbers.h"

/* What became of a message: taken, noise that changed nothing, or the end of the attempt. */
enum verdict { HEARD, DROPPED, REFUSED };

enum { COOKIE_MAX = 255, MASTER_SECRET = 48, VERIFY_DATA = 12 };

/* Keys and IVs of one direction, raw: they are loaded for each record. */
struct keys {
    enum skf_aead_alg aead;
    uint8_t           key[SKF_KEY_MAX];
    uint8_t           iv[SKF_NONCE];          /* 1.2 GCM uses the first 4 bytes (the salt)    */
};

struct handshake {
    /* engine */
    const struct settings *settings;
    struct skf_crypto     *crypto;
    skiff_bytes            our_certificate;   /* Certificate, encoded once in the context     */
    struct peer           *peer;              /* who the other end must be and is             */
    skiff_failure         *failure;           /* the first reason wins                        */
    enum role              me;
    struct facts           facts;
    struct reading         reading;
    struct transcript      transcript;

    /* hello */
    const struct suite    *suite;
    uint16_t               version, group, scheme, srtp_profile;
    uint8_t                client_random[RANDOM], server_random[RANDOM];
    uint8_t                cookie[COOKIE_MAX];
    uint8_t                cookie_len;
    uint32_t               offered;           /* extensions of the hello: rows of a table     */
    bool                   extended_master_secret;

    /* auth */
    struct skf_public_key  peer_key;
    skiff_bytes            chain;             /* certificate_list, until it was told          */

    /* exchange */
    struct skf_share       share;
    uint8_t                peer_share[SKF_POINT_MAX];
    size_t                 peer_share_len;
    uint8_t                premaster[SKF_SECRET_MAX];
    size_t                 premaster_len;

    /* schedule */
    uint8_t                master_secret[MASTER_SECRET];
    struct keys            ours, theirs;
    bool                   keyed;             /* ours and theirs are good                     */
};

/* Ends the attempt with an alert of ours; the first reason wins. Always REFUSED. */
enum verdict refuse(struct handshake *hs, int alert, const char *what, const char *spec);

/* The same when libcrypto did not do as it was told. Always false. */
bool refuse_crypto(struct handshake *hs, const char *what);

#endif
