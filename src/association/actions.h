/* actions.h - between the public handle and the files below: what poll and receive do. */
#ifndef SKF_ACTIONS_H
#define SKF_ACTIONS_H

#include "association/association_state.h"
#include "association/context.h"

/* --- receive.c ------------------------------------------------------------------------ */

/* Takes in what has arrived, until there is something to report or it is our turn. */
void skf_receive_datagram(struct skiff_dtls *dtls);

/* --- send.c --------------------------------------------------------------------------- */

/* Makes our next flight when it is our turn. True: there may be more to take in. */
bool skf_send_flight(struct skiff_dtls *dtls);

/* Whether a datagram waits for a packet that takes it; and writes that datagram. False:
 * there is nothing to send. */
bool skf_can_send(const struct skiff_dtls *dtls);
bool skf_write_datagram(struct skiff_dtls *dtls, skiff_packet *packet);

/* Application data, and the longest that fits into a record. */
skiff_status skf_seal_data(struct skiff_dtls *dtls, skiff_packet *packet);
size_t skf_max_data(const struct skiff_dtls *dtls);

/* --- association.c -------------------------------------------------------------------- */

/* Gets a handshake slot, and may end an idle handshake for it. False: there is none. */
bool skf_get_slot(struct skiff_dtls *dtls, enum role role);

/* Begins the handshake in the slot that it has. */
void skf_begin_handshake(struct skiff_dtls *dtls);

/* Does both for a client, when its time has come. */
void skf_start_client(struct skiff_dtls *dtls);

/* Gives the slot back once nothing in it is needed. */
void skf_drop_slot_if_done(struct skiff_dtls *dtls);

/* The script has moved on. */
void skf_script_advanced(struct skiff_dtls *dtls);

/* The peer has acknowledged all of our flight. */
void skf_flight_acknowledged(struct skiff_dtls *dtls);

/* CONNECTED, once the handshake is complete and the peer is trusted. */
void skf_connect_if_trusted(struct skiff_dtls *dtls);

/* What follows from a wait that is over: see timers.h. */
void skf_fire_timers(struct skiff_dtls *dtls);

#endif
