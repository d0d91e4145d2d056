/* testbed.h - the signalling of the SFU on media that is none: requests as plain values,
 * their responses, and the offers of browsers. */
#ifndef TESTS_SIGNALLING_TESTBED_H
#define TESTS_SIGNALLING_TESTBED_H

#include "fake_media.h"
#include "samples/sfu/site.h"

#include <CUnit/CUnit.h>

struct testbed {
    struct media *media;
    struct whip whip;
    struct site site;
    skiff_time now;
    struct http_source source;
    struct http_response response; /* of the last request */
};

/* A publisher's offer and a watcher's, by their files. */
#define CHROMIUM_PUBLISH   "chromium_156_publish"
#define CHROMIUM_SIMULCAST "chromium_156_simulcast"
#define CHROMIUM_WATCH     "chromium_156_watch"
#define FIREFOX_PUBLISH    "firefox_153_publish"
#define FIREFOX_SIMULCAST  "firefox_153_simulcast"
#define FIREFOX_WATCH      "firefox_153_watch"

/* Reads an offer, for the caller to free. */
char *offer_text(const char *name);

/* Replaces each `from` by `to`; the old text is freed. */
char *replace(char *text, const char *from, const char *to);

/* Reads the text of an offer. False: the problem says why it is refused. */
bool offer_read(const char *text, const struct sdp_terms *terms, struct description *offer,
                struct problem *problem);

/* Those of who watches a stream of Opus and this video. */
struct sdp_terms terms_of_watcher(enum codec video, const char *fmtp);

/* Reads the offer of a watcher, which must be good. */
void offer_read_watcher(const char *name, enum codec video, const char *fmtp,
                        struct description *offer);

void testbed_open(struct testbed *testbed);
void testbed_close(struct testbed *testbed);

/* Sends a request whose other headers are in `request`, and returns the status. */
unsigned testbed_send(struct testbed *testbed, const struct http_request *request);

/* Publishes or watches with a browser's offer: "/whip/a". */
unsigned testbed_post(struct testbed *testbed, const char *path, const char *offer);

/* PATCH, with If-Match. */
unsigned testbed_patch(struct testbed *testbed, const char *path, const char *if_match,
                       const char *body);

/* A header of the last response; NULL: it has none. */
const char *testbed_header(const struct testbed *testbed, const char *name);

/* The last response has a body that contains this. */
bool testbed_shows(const struct testbed *testbed, const char *text);

/* The last response is problem+json with this status and a sentence that contains this. */
bool testbed_has_problem(const struct testbed *testbed, unsigned status, const char *text);

#endif
