/* load_notes.h - what the two processes tell each other beside the network: signalling, as
 * SDP would carry it, and how the server is doing. */
#ifndef LOAD_NOTES_H
#define LOAD_NOTES_H

#include <skiff/skiff.h>

enum { NOTES_AT_ONCE = 32, NAME_ROOM = 48, WHY_ROOM = 96 };

enum note_kind {
    NOTE_READY = 1,     /* from both, first: who I am; from the server: where           */
    NOTE_REFUSED,       /* from the server instead: why not                             */
    NOTE_OFFER,         /* from the client: somebody wants to come; its name            */
    NOTE_ANSWER,        /* from the server: it may; the name and password to use        */
    NOTE_DENIED,        /* from the server: it may not                                  */
    NOTE_HANG_UP,       /* from the client: it has gone                                 */
    NOTE_GONE,          /* from the server: nothing of it is left                       */
    NOTE_ASK,           /* from the client: how are you; with the heap?                 */
    NOTE_REPORT
};

/* What a server counts. CPU in nanoseconds, of the whole process with its system calls;
 * signalling and the floor are parts of it. */
struct report {
    uint64_t cpu, cpu_signalling, cpu_floor;
    uint64_t floor;                             /* nanoseconds; 0: not known           */
    uint64_t heap, rss;                         /* bytes; heap 0: not asked            */
    uint64_t connects;                          /* since the server was begun          */
    uint32_t failed, silent;
    uint16_t version;                           /* of DTLS, as seen last; 0: unknown   */
};

struct note {
    enum note_kind kind;
    uint32_t       slot;
    union {
        struct { skiff_fingerprint fingerprint; uint16_t port; } ready;
        struct { char name[NAME_ROOM], password[NAME_ROOM]; } names;
        struct report report;
        bool          with_heap;
        char          why[WHY_ROOM];
    } of;
};

/* One end of the line. Notes leave in batches: flush before waiting for answers. */
struct notes {
    int         fd;
    size_t      num_out;
    struct note out[NOTES_AT_ONCE], in[NOTES_AT_ONCE];
};

/* Makes both ends. */
bool notes_pair(struct notes *here, struct notes *there);
void notes_close(struct notes *notes);

void notes_put(struct notes *notes, const struct note *note);
void notes_flush(struct notes *notes);

/* Takes what has come into notes->in; 0: nothing has, -1: the other process has ended. */
int notes_take(struct notes *notes, bool wait);

#endif
