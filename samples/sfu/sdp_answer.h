/* sdp_answer.h - writes the SDP answer to a publisher or a watcher. Knows no rule of an
 * offer. */
#ifndef SAMPLES_SFU_SDP_ANSWER_H
#define SAMPLES_SFU_SDP_ANSWER_H

#include "media.h"

/* For the caller to free by g_free. `watcher`: we send, by the description that media_watch
 * has filled in; else we receive. */
char *sdp_answer_write(const struct description *chosen,
                       const struct media_answer *transport, bool watcher);

#endif
