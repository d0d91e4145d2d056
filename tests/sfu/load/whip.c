/* whip.c - one offer by WHIP (RFC 9725) or WHEP (draft-ietf-wish-whep), and its answer. */
#include "complain.h"
#include "service.h"

#include <stdlib.h>

enum { CREATED = 201 };

bool whip_ask(struct service *service, const char *url, struct sdp_local *local,
              struct sdp_remote *remote)
{
    const char *missing;

    local->setup = SETUP_ACTPASS;
    local->mid = "0";
    local->payload_type = SDP_PAYLOAD_TYPE;
    char *offer = sdp_write(local);
    if (offer == NULL)
        return complain("the offer", "no memory");
    const struct http_request request = {
        .method = "POST",
        .url = url,
        .type = "application/sdp",
        .body = offer,
        .from = local->address,
    };
    const struct http_response *response = http_ask(service->http, &request);
    free(offer);
    if (response->status != CREATED)
        return complain(url, response->body);
    return sdp_read(response->body, remote, &missing)
        || complain("the answer has no", missing);
}
