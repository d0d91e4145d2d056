/* connection_ids.h - the connection ids of one association: ours, which the records of
 * the peer carry, and the peer's, which ours carry (RFC 9146; RFC 9147 section 9). Knows
 * no keys and no messages. */
#ifndef SKF_CONNECTION_IDS_H
#define SKF_CONNECTION_IDS_H

#include <skiff/dtls.h>

#include "wire/record.h"

struct settings;

enum {
    OUR_CIDS = 8,               /* of ours that are valid at the same time */
    MOST_UNUSED = OUR_CIDS - 2, /* of those, how many the peer has not used yet */
    MOST_SPARES = 4,            /* the same, when it requests more */
    THEIR_SPARES = 3,           /* of theirs that are kept for later */
    CID_MAX = RECORD_CID_MAX,   /* bytes of one of theirs; SKIFF_HEAD has space for it */
    CID_MESSAGE_MAX = 2 + MOST_SPARES * (1 + SKIFF_CONNECTION_ID_MAX) + 1
};

struct our_cid {
    bool used; /* by the peer */
    uint8_t bytes[SKIFF_CONNECTION_ID_MAX];
};

struct peer_cid {
    uint8_t len;
    uint8_t bytes[CID_MAX];
};

struct cids {
    skiff_dtls *dtls;
    const struct settings *settings;
    bool negotiated : 1; /* both have the extension */
    bool rrc : 1;        /* both have that extension, too (RFC 9853 section 3) */
    bool requested : 1;  /* we requested spares, and none came yet */
    /* The newest record carries another id than the newest before it. */
    bool changed_cid : 1;
    uint8_t num_requested; /* by the peer */
    uint8_t num, num_spares;
    struct our_cid ours[OUR_CIDS]; /* what was used last stands last, but for new ones */
    struct peer_cid theirs, spares[THEIR_SPARES];
    uint8_t message[CID_MESSAGE_MAX]; /* a message of ours that is on its way */
    uint64_t datagram_path;           /* the path of the datagram that is being read */
    /* The path of the peer: at first that of the first datagram with one. 0: none had one.
     */
    uint64_t path;
};

/* The functions as far as skf_cids_note_use take NULL, for an association without ids. */

/* The id that our records carry; empty: none. And the length of the ids that the records
 * of the peer have to carry; 0: none. */
skiff_bytes skf_peer_cid(const struct cids *cids);
size_t skf_our_cid_len(const struct cids *cids);

/* Whether a sealed record carries what it has to: an id of ours, or none. */
bool skf_cid_is_ours(const struct cids *cids, bool has_cid, skiff_bytes cid);

/* A datagram begins to be taken in, from that path. */
void skf_cids_begin_datagram(struct cids *cids, uint64_t path);

/* The newest of all records was opened, and it carries `cid`, an id of ours. True: it
 * came on another path than the peer's, which may have moved (RFC 9146 section 6). */
SKIFF_MUST_USE bool skf_cids_note_use(struct cids *cids, skiff_bytes cid);

/* Makes so many more ids of ours, as long as fewer than `most` wait for their first use.
 * They replace those whose last use is the oldest. Returns how many were made, which
 * stand last: fewer also if libcrypto or the caller gives none that is new. */
int skf_cids_generate(struct cids *cids, int num, int most);
int skf_cids_unused(const struct cids *cids);

/* Takes an id of theirs into use, or as a spare when there is a place. False: it is empty,
 * longer than CID_MAX, or one too many. */
bool skf_cids_set_peer(struct cids *cids, skiff_bytes id);
bool skf_cids_add_spare(struct cids *cids, skiff_bytes id);

/* Goes over to the spare of theirs that came first; false: there is none. */
SKIFF_MUST_USE bool skf_cids_use_spare(struct cids *cids);

#endif
