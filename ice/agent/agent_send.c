/* agent_send.c - what leaves, by libnice or by the socket beside it: media, data, and what
 * the transport has to send. */
#include "agent_send.h"

#include "agent_path.h"
#include "agent_timer.h"
#include "agent_trace.h"

static uint64_t bytes_of(skiff_packet *const *packets, size_t num)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < num; i++)
        bytes += packets[i]->len;
    return bytes;
}

static size_t send_packets(struct ice_session *session, skiff_packet *const *packets,
                           size_t num)
{
    if (session == NULL)
        return 0;
    return session->bypass.selected != NULL
             ? skf_bypass_send(&session->bypass, packets, num)
             : skf_agent_path_send(session->agent, session->stream, packets, num);
}

size_t skf_agent_send(skiff_ice *ice, skiff_packet *const *packets, size_t num)
{
    size_t sent = send_packets(ice->current, packets, num);

    ice->bytes_sent += bytes_of(packets, sent);
    AGENT_DROP(ice, unsent, (uint32_t)(num - sent));
    return sent;
}

static skiff_status may_send(const skiff_ice *ice)
{
    if (!ice->open)
        return skiff_fault_set(SKIFF_ERR_STATE, "ice: there is no path");
    return SKIFF_OK;
}

skiff_status skiff_ice_send(skiff_ice *ice, skiff_packet *const *packets, size_t num,
                            size_t *sent)
{
    skiff_status status = may_send(ice);
    size_t sealed = 0;

    *sent = 0;
    if (status != SKIFF_OK)
        return status;
    while (sealed < num && status == SKIFF_OK) {
        status = skiff_transport_protect(ice->transport, packets[sealed]);
        sealed += status == SKIFF_OK ? 1 : 0;
    }
    *sent = skf_agent_send(ice, packets, sealed);
    return status;
}

skiff_status skiff_ice_send_data(skiff_ice *ice, skiff_packet *packet)
{
    skiff_dtls *dtls = skiff_transport_dtls(ice->transport);
    skiff_time now = skf_ice_now();
    skiff_status status = may_send(ice);

    if (status != SKIFF_OK)
        return status;
    status = skiff_dtls_send(dtls, now, packet);
    if (status == SKIFF_OK)
        (void)skf_agent_send(ice, &packet, 1);
    if (skiff_dtls_deadline(dtls) <= now) /* the key has protected nearly all that it may */
        skiff_ice_wake(ice);
    return status;
}

/* If the pool is empty, the handle's own buffer is used: a transport that is not polled
 * would point into a datagram whose bytes are libnice's again after its callback. */
skiff_dtls_event skf_agent_poll(skiff_ice *ice, skiff_time now, skiff_bytes *bytes)
{
    skiff_packet own = { .data = ice->poll_buffer, .limit = POLL_BUFFER };
    skiff_packet *from_pool = skiff_pool_take(ice->config.pool);
    skiff_packet *packet = from_pool != NULL ? from_pool : &own;
    skiff_dtls_event event = skiff_transport_poll(ice->transport, now, packet, bytes);

    if (event == SKIFF_DTLS_SEND)
        (void)skf_agent_send(ice, &packet, 1);
    skiff_packet_release(&from_pool);
    return event;
}

void skf_agent_flush(skiff_ice *ice, skiff_time now)
{
    skiff_bytes ignored;

    while (skf_agent_poll(ice, now, &ignored) == SKIFF_DTLS_SEND)
        continue;
}
