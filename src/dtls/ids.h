/* ids.h - the connection ids of one association: those by which we are named, and those by
 * which we name the peer (RFC 9146; RFC 9147 section 9). Knows no keys and no messages. */
#ifndef SKF_IDS_H
#define SKF_IDS_H

#include "dtls/record.h"

enum {
    OUR_IDS      = 8,              /* of ours that are good at the same time              */
    THEIR_SPARES = 3,              /* of theirs that are kept for later                   */
    ID_MAX       = RECORD_ID_MAX   /* bytes of one of theirs; SKIFF_HEAD has room for it  */
};

struct id {
    uint8_t len;
    uint8_t bytes[ID_MAX];
};

struct ids {
    skiff_dtls            *dtls;   /* whom they name                                      */
    const struct settings *settings;
    bool      agreed;              /* both have the extension                             */
    uint8_t   num, used;           /* of ours, the oldest first; the newest that was used */
    uint8_t   ours[OUR_IDS][SKIFF_CONNECTION_ID_MAX];
    uint8_t   num_spares;
    struct id theirs, spares[THEIR_SPARES];
    uint64_t  arriving;            /* the path of the datagram that is being taken in     */
    uint64_t  path;                /* of the newest record; 0: no datagram told one       */
};

/* All of these take NULL for an association without ids. */

/* The id by which the peer is to be named; empty when it is not. */
skiff_bytes id_of_peer(const struct ids *ids);

/* Whether a sealed record names us as it has to: by an id of ours, or by none. */
bool names_us(const struct ids *ids, const struct incoming *record);

/* A datagram begins to be taken in, from that path. */
void ids_arrive(struct ids *ids, uint64_t path);

/* A record that names us was opened, the newest of all or not: true when it shows that the
 * peer has moved (RFC 9146 section 6). */
SKIFF_MUST_USE bool ids_heard(struct ids *ids, const struct incoming *record, bool newest);

/* Makes so many more ids of ours, fewer when there is no place: the oldest go first, but
 * for what the peer uses. Says how many; -1: libcrypto. */
int ids_make(struct ids *ids, int num);

/* Takes an id of theirs into use, or as a spare when there is a place. False: it is empty,
 * longer than ID_MAX, or one too many. */
bool ids_take(struct ids *ids, skiff_bytes id);
bool ids_take_spare(struct ids *ids, skiff_bytes id);

#endif
