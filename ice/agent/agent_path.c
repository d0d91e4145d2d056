/* agent_path.c - libnice's messages are used as packets in place. Knows no transport. */
#include "agent_path.h"

/* libnice returns each datagram at the start of its component's receive buffer. */
enum { RECEIVE_BUFFER = 65535, BATCH = 32 };

bool skf_agent_path_wrap(gchar *buffer, guint len, skiff_packet *packet)
{
    return skiff_packet_wrap((uint8_t *)buffer, len, RECEIVE_BUFFER, packet) == SKIFF_OK;
}

static size_t send_batch(NiceAgent *agent, guint stream, skiff_packet *const *packets,
                         size_t num)
{
    GOutputVector vectors[BATCH];
    NiceOutputMessage messages[BATCH];

    for (size_t i = 0; i < num; i++) {
        vectors[i] = (GOutputVector){ packets[i]->data, packets[i]->len };
        messages[i] = (NiceOutputMessage){ &vectors[i], 1 };
    }
    /* Without a GError: a full socket would allocate one for every call. */
    gint sent = nice_agent_send_messages_nonblocking(agent, stream, NICE_COMPONENT_TYPE_RTP,
                                                     messages, (guint)num, NULL, NULL);
    return sent > 0 ? (size_t)sent : 0;
}

size_t skf_agent_path_send(NiceAgent *agent, guint stream, skiff_packet *const *packets,
                           size_t num)
{
    size_t sent = 0;

    while (sent < num) {
        size_t batch = MIN(num - sent, BATCH);
        size_t num_sent = send_batch(agent, stream, packets + sent, batch);
        sent += num_sent;
        if (num_sent < batch)
            break;
    }
    return sent;
}
