/* handshake.h - the facts of one handshake, grouped by the files that write them.
 *
 * What the message files see: they read facts, write facts and refuse. They know no
 * record, no flight, no timer.
 */
#ifndef SKF_HANDSHAKE_H
#define SKF_HANDSHAKE_H

#include "crypto/crypto.h"
#include "crypto/traffic_keys.h"
#include "handshake/peer_identity.h"
#include "handshake/protocol.h"
#include "handshake/retry_cookie.h"
#include "handshake/script.h"
#include "handshake/settings.h"
#include "handshake/ticket.h"
#include "handshake/ticket_store.h"
#include "handshake/transcript.h"
#include "wire/hello.h"
#include "wire/numbers.h"

enum { COOKIE_MAX = 512, VERIFY_DATA = 12, MASTER_SECRET = 48, OFFERED_KEY_SHARES = 2 };

/* Both directions of an epoch that the key schedule has reached. */
struct keyset {
    uint16_t epoch; /* 0: not yet */
    struct keys ours, theirs;
};

struct cids;

/* What a ClientHello contains about tickets. */
struct offered_psk {
    bool has_modes, with_dhe;
    skiff_bytes hello;          /* all of it */
    skiff_bytes ticket, binder; /* the first of each */
    size_t binders_len;         /* bytes of the hello that the binders do not cover */
};

struct handshake {
    /* engine */
    const struct settings *settings;
    /* The version; until `version_chosen` the newest that is enabled. */
    const struct protocol *protocol;
    struct skf_crypto *crypto;
    skiff_bytes our_certificates[2];     /* the message, encoded once: 1.2, 1.3 */
    struct cids *cids;                   /* NULL: no connection ids, see connection_ids.h */
    struct peer_identity *peer_identity; /* the expected identity and the real one */
    skiff_failure *failure;              /* the first reason wins */
    enum role role;
    struct facts facts;
    struct script_position position;
    struct transcript transcript;
    const struct verified_cookie *verified_cookie; /* a cookie that was found good */
    const skiff_time *clock;
    struct ticket_keys ticket_keys; /* a server's; without a key it has none */
    struct stored_ticket to_resume; /* a client's; without a ticket: full */
    skiff_bytes our_hello;          /* a client's, until the version is chosen */
    uint16_t our_hello_seq;

    /* hello */
    bool version_chosen;   /* `protocol` is final */
    bool has_valid_cookie; /* the one of `verified_cookie` */
    bool has_wrong_cookie; /* any other */
    /* The hello has supported_versions, so legacy_version is ignored (RFC 8446 4.2.1). */
    bool has_supported_versions;
    bool offers_12, offers_13; /* what the client offers */
    const struct suite *suite;
    uint16_t group, scheme, srtp_profile;
    uint8_t client_random[RANDOM], server_random[RANDOM];
    uint8_t cookie[COOKIE_MAX];
    uint16_t cookie_len;
    uint32_t offered; /* extensions of the hello: rows of a table */
    bool extended_master_secret;
    uint16_t size_limit; /* of records that the peer takes; 0: not given */
    uint8_t alpn;        /* place in our list, from 1; 0: none */
    char server_name[SERVER_NAME_MAX + 1]; /* the client's; "": none */

    /* of the hello in hand */
    skiff_bytes their_groups, peer_shares, their_schemes;
    struct offered_psk offered_psk;
    bool psk_was_chosen;  /* by the ServerHello in hand */
    bool is_judged_again; /* by a handle: nothing here can open its ticket */

    /* auth */
    struct skf_public_key peer_key;
    skiff_bytes peer_certificate; /* their certificate, until it was reported */

    /* exchange */
    struct skf_share key_shares[OFFERED_KEY_SHARES];
    size_t public_shares_len; /* our public halves, as they are sent */
    uint8_t public_shares[SKF_SHARE_MAX + SKF_POINT_MAX + 2 * 4];
    uint16_t peer_share_group;
    size_t peer_share_len;
    uint8_t peer_share[SKF_SHARE_MAX];
    uint8_t shared_secret[SKF_SECRET_MAX]; /* 1.2: the premaster secret */
    size_t shared_secret_len;

    /* schedule */
    uint8_t psk[SKF_HASH_MAX];
    uint8_t master_secret[SKF_HASH_MAX];
    uint8_t our_traffic[SKF_HASH_MAX], their_traffic[SKF_HASH_MAX];
    uint8_t our_application[SKF_HASH_MAX], their_application[SKF_HASH_MAX];
    uint8_t exporter_secret[SKF_HASH_MAX];
    uint8_t resumption_secret[SKF_HASH_MAX];
    struct keyset keysets[2]; /* 1.2: epoch 1; 1.3: epochs 2 and 3 */
};

/* Ends the attempt with an alert of ours; the first reason wins. Always REFUSED. */
enum verdict skf_refuse(struct handshake *hs, int alert, const char *what,
                        const char *spec);

/* The same for a failure of libcrypto. Always false. */
bool skf_refuse_crypto(struct handshake *hs, const char *what);

/* Refuses a peer that is not who was expected. */
enum verdict skf_judge_identity(struct handshake *hs);

/* Refuses what a call to libcrypto has judged to be wrong, for the reason `what`, unless
 * that call has judged nothing and failed itself. */
enum verdict skf_refuse_judged(struct handshake *hs, int alert, const char *what,
                               const char *spec);

#endif
