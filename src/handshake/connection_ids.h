/* connection_ids.h - the connection ids of one association: those by which we are named,
 * and those by which we name the peer (RFC 9146; RFC 9147 section 9). Knows no keys and no
 * messages. */
#ifndef SKF_CONNECTION_IDS_H
#define SKF_CONNECTION_IDS_H

#include <skiff/dtls.h>

#include "wire/record.h"

struct settings;

enum {
    OUR_CIDS = 8,               /* of ours that are good at the same time, */
    MOST_UNUSED = OUR_CIDS - 2, /* of them such as the peer has not used yet, */
    MOST_SPARES = 4,            /* and when it asks for more */
    THEIR_SPARES = 3,           /* of theirs that are kept for later */
    CID_MAX = RECORD_CID_MAX,   /* bytes of one of theirs; SKIFF_HEAD has room for it */
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
    skiff_dtls *dtls; /* whom they name */
    const struct settings *settings;
    bool negotiated : 1;   /* both have the extension, */
    bool rrc : 1;          /* and that one, too (RFC 9853 section 3) */
    bool requested : 1;    /* we asked for spares, and none came yet */
    bool changed_cid : 1;  /* the newest record named us by another id than the */
                           /* newest before it */
    uint8_t num_requested; /* so many the peer asked for */
    uint8_t num, num_spares;
    struct our_cid ours[OUR_CIDS]; /* what was used last stands last, but for new ones */
    struct peer_cid theirs, spares[THEIR_SPARES];
    uint8_t message[CID_MESSAGE_MAX]; /* a message of ours that is on its way */
    uint64_t datagram_path;           /* the path of the datagram that is being taken in */
    uint64_t path;                    /* where the peer is: at first that of the first */
                                      /* datagram; 0: none told one */
};

/* As far as skf_cids_note_use they take NULL, for an association without ids. */

/* The id by which the peer is to be named; empty when it is not. And how long those are by
 * which it has to name us; 0 when it has not. */
skiff_bytes skf_peer_cid(const struct cids *cids);
size_t skf_our_cid_len(const struct cids *cids);

/* Whether a sealed record names us as it has to: by an id of ours, or by none. */
bool skf_cid_is_ours(const struct cids *cids, bool has_cid, skiff_bytes cid);

/* A datagram begins to be taken in, from that path. */
void skf_cids_begin_datagram(struct cids *cids, uint64_t path);

/* The newest of all records was opened, and `cid` in it names us: true when it came from
 * elsewhere than where the peer is, who may have moved (RFC 9146 section 6). */
SKIFF_MUST_USE bool skf_cids_note_use(struct cids *cids, skiff_bytes cid);

/* Makes so many more ids of ours, as long as fewer than `most` wait for their first use;
 * what was used longest ago makes room. Says how many there are, they stand last: fewer
 * also where libcrypto or the caller gives none that is new. */
int skf_cids_generate(struct cids *cids, int num, int most);
int skf_cids_unused(const struct cids *cids);

/* Takes an id of theirs into use, or as a spare when there is a place. False: it is empty,
 * longer than CID_MAX, or one too many. */
bool skf_cids_set_peer(struct cids *cids, skiff_bytes id);
bool skf_cids_add_spare(struct cids *cids, skiff_bytes id);

/* Goes over to the spare of theirs that came first; false: there is none. */
SKIFF_MUST_USE bool skf_cids_use_spare(struct cids *cids);

#endif
