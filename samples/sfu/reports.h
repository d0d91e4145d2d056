/* reports.h - what workers report to signalling: sessions that are connected or
 * over, and messages of DTLS. Never used for media. Knows no peer. */
#ifndef SAMPLES_SFU_REPORTS_H
#define SAMPLES_SFU_REPORTS_H

#include "session.h"

enum { REPORTS_DATA = 256 }; /* messages of DTLS that wait */

struct reported_data {
    char id[SESSION_ID + 1];
    size_t len;
    uint8_t bytes[MAX_DATA];
};

struct reported_session {
    struct session *session;
    bool connected, over;
};

struct reports;

/* NULL: no memory, or no descriptor (errno). */
struct reports *reports_new(void);
void reports_free(struct reports *reports);

/* Readable when there is something. */
int reports_fd(const struct reports *reports);

/* A worker's: never fails, because it needs no memory. */
void reports_put_connected(struct reports *reports, struct session *session);
void reports_put_over(struct reports *reports, struct session *session);

/* A worker's. False: too many messages wait, or it is too long. */
bool reports_put_data(struct reports *reports, const struct session *session,
                      skiff_bytes bytes);

/* Signalling's: makes the descriptor unreadable, then the next reports,
 * sessions first. */
void reports_begin(struct reports *reports);
bool reports_next_session(struct reports *reports, struct reported_session *reported);
bool reports_next_data(struct reports *reports, struct reported_data *data);

/* Signalling's: makes the descriptor readable again, for reports that are left. */
void reports_again(struct reports *reports);

/* Signalling's: forgets all reports of a session that will be freed. */
void reports_forget(struct reports *reports, struct session *session);

#endif
