/* resumption.h - what an association does with tickets (RFC 8446 sections 2.2 and 4.6.1):
 * those that it has go into a handshake, those of the peer to the application. */
#ifndef SKF_RESUMPTION_H
#define SKF_RESUMPTION_H

#include "association/association_state.h"

/* A handshake begins: a server gets the key of its tickets, a client its ticket. */
void skf_load_tickets(struct skiff_dtls *dtls, struct handshake *hs);

/* A handshake is complete: a client keeps what makes the keys of its next ticket. */
void skf_keep_resumption_secret(struct skiff_dtls *dtls, const struct handshake *hs);

/* A server sends a ticket, if it gives any to this client. */
void skf_send_ticket(struct skiff_dtls *dtls);

/* A NewSessionTicket came. */
void skf_hear_new_session_ticket(struct skiff_dtls *dtls, skiff_bytes body);

/* The event TICKET, once CONNECTED was reported; and the bytes that go with it. */
void skf_report_ticket(struct skiff_dtls *dtls);
skiff_bytes skf_reported_ticket(struct skiff_dtls *dtls);

#endif
