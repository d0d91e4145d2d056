/*
 * signalling.h - lines of text that make peers and restart their ICE.
 *
 *     UFRAG FINGERPRINT           makes a peer
 *     restart OURS UFRAG          restarts ICE of the peer that has the ufrag OURS
 *
 * Two lines on stdout answer each of them: ufrag, password and fingerprint of the server;
 * its candidate. A real server has offers and answers of SDP here.
 */
#ifndef SAMPLES_EMBED_SIGNALLING_H
#define SAMPLES_EMBED_SIGNALLING_H

#include "echo_server.h"

#include <stdio.h>

/* Reads one line, and replies. False: there are no more lines. The file must have no
 * buffer: a line that waits in a buffer makes no descriptor readable. */
bool signalling_read_line(struct echo_server *server, FILE *lines);

#endif
