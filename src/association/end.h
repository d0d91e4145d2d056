/* end.h - how an association ends: why, with which alert, and what it gives back. Knows
 * the slot, the keys and the flight as things to give back. Knows no message and no timer.
 */
#ifndef SKF_END_H
#define SKF_END_H

#include "association/association_state.h"

/* Gives the handshake slot back, with what is still to be read there. */
void skf_drop_slot(struct skiff_dtls *dtls);

/* Ends it with an alert of ours, for the reason that is given or for the one that is in
 * dtls->failure already; the first reason stays. */
void skf_fail(struct skiff_dtls *dtls, int alert, const char *what, const char *spec);
void skf_end_failed(struct skiff_dtls *dtls);

/* The same for a message that is longer than we take. */
void skf_fail_too_long(struct skiff_dtls *dtls);

/* The same for a failure of libcrypto, of which the peer knows nothing. */
void skf_fail_crypto(struct skiff_dtls *dtls, const char *what, const char *spec);

/* The same, but only if the peer is not who was expected. */
void skf_end_if_refused(struct skiff_dtls *dtls);

/* Drops a record that does not parse. In 1.3 one under the peer's keys ends it, too. */
void skf_drop_malformed_record(struct skiff_dtls *dtls, const struct incoming *record,
                               const char *what);

/* Ends it in order, with close_notify. */
void skf_end_closed(struct skiff_dtls *dtls, bool by_us, const char *what,
                    const char *spec);

/* The next alert that is sent. */
void skf_queue_alert(struct skiff_dtls *dtls, uint8_t level, uint8_t description);

#endif
