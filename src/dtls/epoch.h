/* epoch.h - which keys an association speaks and hears with: the current epoch of each
 * direction, and the one before, as long as records of it may come or be repeated. */
#ifndef SKF_EPOCH_H
#define SKF_EPOCH_H

#include "dtls/association.h"

/* Goes over to an epoch whose keys the handshake has, unless it is there already. */
void hear_in_epoch(struct skiff_dtls *dtls, uint16_t epoch);
void speak_in_epoch(struct skiff_dtls *dtls, uint16_t epoch);

/* What seals and opens records of an epoch; NULL for epoch 0, and where there are no
 * keys. */
struct sealing *sealing_of(struct skiff_dtls *dtls, uint16_t epoch);
struct opening *opening_of(struct skiff_dtls *dtls, uint16_t epoch);

/* The epoch that the two bits of a unified header mean; 0 when there are no keys for it. */
uint16_t epoch_of_bits(const struct skiff_dtls *dtls, uint16_t bits);

#endif
