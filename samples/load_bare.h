/* load_bare.h - DTLS alone on one socket: what a library is given, and what it gives. */
#ifndef LOAD_BARE_H
#define LOAD_BARE_H

#include "load_mail.h"
#include "load_server.h"

struct bare;

/* One association. `handle` is the library's. */
struct bare_end {
    struct bare     *bare;
    void            *handle;                    /* NULL: nobody is there               */
    bool             up;
    struct mail_path path;
};

/* A DTLS library. What it reads it gives back by bare_say, but for an SSRC that is one
 * higher, and it tells what becomes of the end by the calls below. */
struct engine {
    void      *(*prepare)(struct server *server);
    void       (*discard)(void *fleet);
    void      *(*make)(void *fleet, skiff_time now, struct bare_end *end);
    void       (*unmake)(void *handle);
    void       (*take)(struct bare_end *end, skiff_time now, skiff_packet *packet);
    skiff_time (*deadline)(const void *fleet);
    void       (*due)(void *fleet, skiff_time now);
};

extern const struct engine engine_skiff, engine_libssl;

/* An empty packet for a datagram of this end, and its sending. */
skiff_packet *bare_blank(struct bare_end *end);
void          bare_say(struct bare_end *end);

/* It is there, with this version; or it has ended, well (NULL) or not, with its handle. */
void bare_up(struct bare_end *end, uint16_t version);
void bare_over(struct bare_end *end, const char *failure);

#endif
