/* epoch.h - with which keys an association reads and writes: the current epoch of each
 * direction, and the one before, as long as records of it may come or be repeated. */
#ifndef SKF_EPOCH_H
#define SKF_EPOCH_H

#include "association/association_state.h"

/* RFC 9147 section 8 lets a sender go on to 2^48-1, which no association reaches. */
#define EPOCH_LAST UINT32_MAX

/* Goes over to an epoch whose keys the handshake has, unless it is there already. */
void skf_set_read_epoch(struct skiff_dtls *dtls, uint32_t epoch);
void skf_set_write_epoch(struct skiff_dtls *dtls, uint32_t epoch);

/* Goes over to the next epoch after a KeyUpdate (RFC 9147 section 8). False: libcrypto. */
SKIFF_MUST_USE bool skf_advance_read_epoch(struct skiff_dtls *dtls);
SKIFF_MUST_USE bool skf_advance_write_epoch(struct skiff_dtls *dtls);

/* A record of that epoch has opened: once one of the present epoch has, the keys before it
 * are needed for OLD_KEYS_KEPT only (RFC 9147 sections 4.2.1 and 8). */
void skf_note_opened(struct skiff_dtls *dtls, uint32_t epoch);

/* Wipes the previous keys of reading: at once; if they are the handshake's; if their
 * time is over. A server keeps those of the handshake for LAST_FLIGHT_KEPT, a client
 * until its last flight has arrived. */
void skf_forget_previous_keys(struct skiff_dtls *dtls);
void skf_forget_handshake_keys(struct skiff_dtls *dtls);
void skf_expire_previous_keys(struct skiff_dtls *dtls);

/* When their time is over. SKIFF_NEVER: there are none, or it is not known yet. */
skiff_time skf_previous_keys_expiry(const struct skiff_dtls *dtls);

/* The keys that seal and open records of an epoch; NULL for epoch 0, and if there are
 * none. */
struct sealing *skf_sealing_of(struct skiff_dtls *dtls, uint32_t epoch);
struct opening *skf_opening_of(struct skiff_dtls *dtls, uint32_t epoch);

/* The epoch that the two bits of a unified header mean; 0 when there are no keys for it. */
uint32_t skf_epoch_of_bits(const struct skiff_dtls *dtls, uint32_t bits);

#endif
