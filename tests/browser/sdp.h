/* sdp.h - the offer of a browser that publishes, and our answer (RFC 8866, RFC 9725). */
#ifndef BROWSER_SDP_H
#define BROWSER_SDP_H

#include <glib.h>
#include <skiff/skiff.h>

enum { MOST_SECTIONS = 2, MOST_TEXT = 257 };

struct section {
    char kind[16]; /* "audio", "video" */
    char mid[32];
    unsigned payload_type; /* of the one codec that we take; 0: not offered */
};

struct offer {
    char ufrag[MOST_TEXT], pwd[MOST_TEXT];
    skiff_fingerprint fingerprint; /* len 0: none */
    struct section sections[MOST_SECTIONS];
    size_t num_sections;
};

/* What the answer says about us. */
struct local_description {
    const char *ufrag, *pwd;
    skiff_fingerprint fingerprint;
    skiff_role role;        /* ACTIVE or PASSIVE */
    const char *candidates; /* whole a=candidate lines */
};

/* Reads an offer; false when it lacks something that we need. */
bool offer_read(struct offer *offer, const char *text);

void answer_write(GString *answer, const struct offer *offer,
                  const struct local_description *us);

#endif
