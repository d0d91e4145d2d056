/* data_lines.h - text lines by data channels (RFC 8831, RFC 8832): what the publisher of a
 * stream writes goes to each watcher of it. SCTP is usrsctp's, whose state is the
 * process's: there is one struct data_lines in a program, and all calls are of one thread,
 * the signalling one. Knows no DTLS, no HTTP and no media.
 *
 *     a session with a=sctp-port is connected    data_lines_open
 *     DTLS brought a message                     data_lines_receive
 *     every DATA_LINES_TICK                      data_lines_tick
 *     the session is over                        data_lines_close
 *
 * A watcher gets the lines that are written after its channel opened. A line is at most
 * DATA_LINES_MESSAGE bytes: a publisher that writes a longer one loses its association. A
 * watcher that does not read has at most DATA_LINES_BACKLOG bytes waiting: a line that does
 * not fit is dropped for it alone, and counted.
 */
#ifndef SAMPLES_SFU_DATA_LINES_H
#define SAMPLES_SFU_DATA_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DATA_LINES_PORT = 5000,      /* our a=sctp-port */
    DATA_LINES_MESSAGE = 65536,  /* bytes: our a=max-message-size */
    DATA_LINES_BACKLOG = 262144, /* bytes that wait for one watcher */
    DATA_LINES_SESSIONS = 16384, /* associations at once */
    DATA_LINES_TICK = 10         /* milliseconds */
};

struct data_lines; /* all of them */
struct data_line;  /* the association of one session */

struct data_lines_config {
    void *user;
    /* Sends an SCTP packet as one DTLS message. What is lost SCTP sends again. `session` is
     * that of data_lines_open. May be called from each call below but data_lines_new. */
    void (*send)(void *user, void *session, const uint8_t *packet, size_t len);
};

struct data_lines_session {
    void *session;      /* what config.send gets */
    const char *stream; /* the stream's name; copied */
    bool publisher;     /* its lines go to the others of the stream; else it reads them */
    uint16_t port;      /* a=sctp-port of the peer */
    size_t max_packet;  /* bytes that one DTLS message holds (skiff_dtls_max_data) */
    size_t max_message; /* a=max-message-size of the peer; 0: any (RFC 8841 section 6.1) */
};

struct data_lines_counts {
    uint64_t lines;   /* that publishers have written */
    uint64_t sent;    /* that were passed on, once for each watcher */
    uint64_t dropped; /* that a watcher did not get: its backlog was full, or it reads no
                         messages of that size */
    uint64_t refused; /* associations ended for breaking a rule */
};

/* NULL: no memory, or there is one already. */
struct data_lines *data_lines_new(const struct data_lines_config *config);

/* Closes what is open. The program must not call usrsctp afterwards. */
void data_lines_free(struct data_lines *lines);

/* NULL: no memory, or DATA_LINES_SESSIONS are open. */
struct data_line *data_lines_open(struct data_lines *lines,
                                  const struct data_lines_session *session);

/* One DTLS message of the peer of the session. */
void data_lines_receive(struct data_line *line, const uint8_t *packet, size_t len);

/* `elapsed` milliseconds passed since the last tick. */
void data_lines_tick(struct data_lines *lines, uint32_t elapsed);

/* Accepts NULL. Sends an ABORT if the association is up. */
void data_lines_close(struct data_line *line);

struct data_lines_counts data_lines_counts(const struct data_lines *lines);

#endif
