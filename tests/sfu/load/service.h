/* service.h - how a server is asked to accept a publisher or a watcher: which requests go
 * to it, and who offers. Knows no media. */
#ifndef SFU_LOAD_SERVICE_H
#define SFU_LOAD_SERVICE_H

#include "http.h"
#include "options.h"
#include "sdp.h"

struct service {
    const struct options *options;
    struct http *http;
    uint64_t session, handle; /* Janus's of the end that is being opened */
};

/* One end. `local` is filled in except for what the other side decides: the setup, the mid
 * and the payload type. False: a line on stderr has the reason. */
bool service_publish(struct service *service, struct sdp_local *local,
                     struct sdp_remote *remote);
bool service_watch(struct service *service, struct sdp_local *local,
                   struct sdp_remote *remote);

/* The same, of WHIP with WHEP and of Janus. */
bool whip_ask(struct service *service, const char *url, struct sdp_local *local,
              struct sdp_remote *remote);
bool janus_publish(struct service *service, struct sdp_local *local,
                   struct sdp_remote *remote);
bool janus_watch(struct service *service, struct sdp_local *local,
                 struct sdp_remote *remote);

#endif
