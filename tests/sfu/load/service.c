/* service.c - which kind of server is asked. */
#include "service.h"

bool service_publish(struct service *service, struct sdp_local *local,
                     struct sdp_remote *remote)
{
    if (service->options->service == SERVICE_JANUS)
        return janus_publish(service, local, remote);
    return whip_ask(service, service->options->publish, local, remote);
}

bool service_watch(struct service *service, struct sdp_local *local,
                   struct sdp_remote *remote)
{
    if (service->options->service == SERVICE_JANUS)
        return janus_watch(service, local, remote);
    return whip_ask(service, service->options->watch, local, remote);
}
