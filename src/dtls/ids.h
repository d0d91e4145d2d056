/* ids.h - the connection ids of one association: those by which we are named, and those by
 * which we name the peer (RFC 9146; RFC 9147 section 9). Knows no keys and no messages. */
#ifndef SKF_IDS_H
#define SKF_IDS_H

#include "dtls/record.h"

enum {
    OUR_IDS      = 8,              /* of ours that are good at the same time,             */
    MOST_UNUSED  = OUR_IDS - 2,    /* of them such as the peer has not used yet,          */
    MOST_SPARES  = 4,              /* and when it asks for more                           */
    THEIR_SPARES = 3,              /* of theirs that are kept for later                   */
    ID_MAX       = RECORD_ID_MAX,  /* bytes of one of theirs; SKIFF_HEAD has room for it  */
    ID_WORDS     = 2 + MOST_SPARES * (1 + SKIFF_CONNECTION_ID_MAX) + 1
};

struct our_id {
    bool    used;                  /* by the peer                                         */
    uint8_t bytes[SKIFF_CONNECTION_ID_MAX];
};

struct id {
    uint8_t len;
    uint8_t bytes[ID_MAX];
};

struct ids {
    skiff_dtls            *dtls;   /* whom they name                                      */
    const struct settings *settings;
    bool      agreed : 1;          /* both have the extension,                            */
    bool      rrc : 1;             /* and that one, too (RFC 9853 section 3)              */
    bool      requested : 1;       /* we asked for spares, and none came yet              */
    bool      renamed : 1;         /* the newest record named us by another id than the   */
                                   /* newest before it                                    */
    uint8_t   wanted;              /* so many the peer asked for                          */
    uint8_t   num, num_spares;
    struct our_id ours[OUR_IDS];   /* what was used last stands last, but for new ones    */
    struct id theirs, spares[THEIR_SPARES];
    uint8_t   words[ID_WORDS];     /* a message of ours that is on its way                */
    uint64_t  arriving;            /* the path of the datagram that is being taken in     */
    uint64_t  path;                /* where the peer is: at first that of the first       */
                                   /* datagram; 0: none told one                          */
};

/* As far as ids_heard they take NULL, for an association without ids. */

/* The id by which the peer is to be named; empty when it is not. And how long those are by
 * which it has to name us; 0 when it has not. */
skiff_bytes id_of_peer(const struct ids *ids);
size_t our_id_len(const struct ids *ids);

/* Whether a sealed record names us as it has to: by an id of ours, or by none. */
bool names_us(const struct ids *ids, const struct incoming *record);

/* A datagram begins to be taken in, from that path. */
void ids_arrive(struct ids *ids, uint64_t path);

/* A record that names us was opened, the newest of all or not: true when it came from
 * elsewhere than where the peer is, who may have moved (RFC 9146 section 6). */
SKIFF_MUST_USE bool ids_heard(struct ids *ids, const struct incoming *record, bool newest);

/* Makes so many more ids of ours, as long as fewer than `most` wait for their first use;
 * what was used longest ago makes room. Says how many there are, they stand last: fewer
 * also where libcrypto or the caller gives none that is new. */
int ids_make(struct ids *ids, int num, int most);
int ids_unused(const struct ids *ids);

/* Takes an id of theirs into use, or as a spare when there is a place. False: it is empty,
 * longer than ID_MAX, or one too many. */
bool ids_take(struct ids *ids, skiff_bytes id);
bool ids_take_spare(struct ids *ids, skiff_bytes id);

/* Goes over to the spare of theirs that came first; false: there is none. */
SKIFF_MUST_USE bool ids_use_spare(struct ids *ids);

#endif
