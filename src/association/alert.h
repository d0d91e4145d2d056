/* alert.h - an alert that comes from the peer, or in plaintext from anywhere. */
#ifndef SKF_ALERT_H
#define SKF_ALERT_H

#include "association/association_state.h"

/* Ends the association where keys vouch for it. In plaintext a fatal one is remembered. */
void skf_receive_alert(struct skiff_dtls *dtls, const struct incoming *record);

#endif
