/* end.c - one end of the load. */
#include "end.h"

#include "../../../samples/rtp/rtcp.h"
#include "complain.h"
#include "stream.h"

#include <skiff/demux.h>

enum { HEADER = 12, OWN_SSRC = 1 /* of a watcher, which sends no media */ };

void end_prepare(struct end *end, struct shared *shared, struct udp *udp, uint32_t address)
{
    end->shared = shared;
    end->udp = udp;
    end->path.near = address;
    snprintf(end->ufrag, sizeof end->ufrag, "load%08x", (unsigned)address);
    snprintf(end->password, sizeof end->password, "passwordOfTheLoad%08x",
             (unsigned)address);
}

void end_free(struct end *end)
{
    skiff_transport_free(end->transport);
    end->transport = NULL;
}

static void fail(struct end *end, const char *why)
{
    if (end->shared->failed++ == 0)
        (void)complain("an end failed", why);
    end->shared->connected -= end->state == END_CONNECTED;
    end->state = END_FAILED;
}

/* --- DTLS -------------------------------------------------------------------------- */

static void fail_by_transport(struct end *end)
{
    skiff_failure failure = { .what = "the server has closed it" };

    skiff_transport_failure(end->transport, &failure, sizeof failure);
    fail(end, failure.what);
}

static void drain(struct end *end, skiff_time now)
{
    skiff_bytes bytes;

    for (;;) {
        skiff_dtls_event event =
            skiff_transport_poll(end->transport, now, udp_blank(end->udp), &bytes);
        switch (event) {
        case SKIFF_DTLS_SEND:
            udp_post(end->udp, &end->path);
            break;
        case SKIFF_DTLS_CONNECTED:
            end->state = END_CONNECTED;
            end->shared->connected++;
            break;
        case SKIFF_DTLS_CLOSED:
        case SKIFF_DTLS_FAILED:
            fail_by_transport(end);
            return;
        case SKIFF_DTLS_NOTHING:
            return;
        case SKIFF_DTLS_DATA:
        case SKIFF_DTLS_PEER_CERTIFICATE:
        case SKIFF_DTLS_MOVED:
        case SKIFF_DTLS_TICKET:
        case SKIFF_DTLS_HELLO:
        case SKIFF_DTLS_RENEWED:
        case SKIFF_DTLS_NOT_RENEWED:
            break;
        }
    }
}

void end_due(struct end *end, skiff_time now)
{
    drain(end, now);
}

/* The answer decides: whoever is not active waits for the ClientHello (RFC 5763 5). */
void end_begin(struct end *end, skiff_time now, const struct sdp_remote *remote)
{
    skiff_role role =
        remote->setup == SETUP_ACTIVE ? SKIFF_ROLE_PASSIVE : SKIFF_ROLE_ACTIVE;

    if (skiff_transport_new(end->shared->context, role, NULL, now, &end->transport)
        != SKIFF_OK) {
        fail(end, "no memory for a transport");
        return;
    }
    skiff_transport_set_user(end->transport, end);
    skiff_transport_set_path(end->transport, now, false);
    if (skiff_dtls_expect(skiff_transport_dtls(end->transport), remote->fingerprints,
                          remote->num_fingerprints)
        != SKIFF_OK)
        fail(end, "the server's fingerprint is not valid");
    end->path.far = remote->address;
    end->path.far_port = remote->port;
    strcpy(end->remote_ufrag, remote->ufrag);
    strcpy(end->remote_password, remote->password);
    end->state = END_CHECKING;
    end_check(end, now);
}

void end_close(struct end *end, skiff_time now)
{
    if (end->state != END_CONNECTED)
        return;
    skiff_dtls_close(skiff_transport_dtls(end->transport), now);
    end->state = END_IDLE;
    drain(end, now);
}

/* --- checks ------------------------------------------------------------------------ */

void end_check(struct end *end, skiff_time now)
{
    const struct stun_credentials credentials = { end->remote_ufrag, end->ufrag,
                                                  end->remote_password };
    uint64_t number = ++end->shared->transactions;

    memcpy(end->transaction, &number, sizeof number);
    stun_request(end->shared->stun, &credentials, end->transaction, udp_blank(end->udp));
    udp_post(end->udp, &end->path);
    end->checked = now;
    end->tries++;
}

static void receive_check(struct end *end, skiff_bytes datagram,
                          const struct udp_path *path)
{
    const struct stun_source source = { path->far, path->far_port };

    stun_respond(end->shared->stun, datagram, end->password, &source, udp_blank(end->udp));
    udp_post(end->udp, path);
}

static void receive_response(struct end *end, skiff_time now, skiff_bytes datagram)
{
    if (end->state != END_CHECKING
        || !stun_is_response_to(end->shared->stun, datagram, end->remote_password,
                                end->transaction))
        return;
    end->state = END_OPEN;
    skiff_transport_set_path(end->transport, now, true);
    drain(end, now);
}

/* --- media ------------------------------------------------------------------------- */

/* RFC 3550 appendix A.1: the sequence number with its cycles. */
static void note_sequence(struct end *end, const skiff_packet *packet)
{
    const uint8_t *at = packet->data;
    uint16_t step = (uint16_t)((at[2] << 8 | at[3]) - (uint16_t)end->highest);

    if (end->ssrc == 0)
        end->highest = (uint32_t)(at[2] << 8 | at[3]);
    else if (step < INT16_MAX)
        end->highest += step;
    end->ssrc =
        (uint32_t)at[8] << 24 | (uint32_t)at[9] << 16 | (uint32_t)at[10] << 8 | at[11];
}

static void receive_media(struct end *end, skiff_time now, const skiff_packet *packet)
{
    uint64_t number;
    skiff_time written;

    if (packet->len < HEADER || !stream_read(packet, &number, &written))
        return;
    note_sequence(end, packet);
    arrivals_count(&end->shared->arrivals, &end->watcher, number, now - written);
}

static void receive_packet(struct end *end, skiff_time now, skiff_packet *packet)
{
    skiff_kind kind;

    if (skiff_transport_receive(end->transport, now, packet, &kind) != SKIFF_OK)
        return;
    switch (kind) {
    case SKIFF_RTP:
        receive_media(end, now, packet);
        break;
    case SKIFF_RTCP:
        end->shared->rtcp++;
        break;
    case SKIFF_CONSUMED:
    case SKIFF_OTHER:
        drain(end, now);
        break;
    }
}

void end_report(struct end *end)
{
    const struct rtcp_report block = { .ssrc = end->ssrc, .highest = end->highest };
    skiff_packet *packet = udp_blank(end->udp);
    struct bytes_out out = { packet->data, 0, packet->limit };

    if (end->ssrc == 0 || !rtcp_write_report(&out, OWN_SSRC, NULL, &block, 1)
        || !rtcp_write_cname(&out, OWN_SSRC, "load"))
        return;
    packet->len = (uint32_t)out.len;
    end_send(end, packet);
}

void end_receive(struct end *end, skiff_time now, skiff_packet *packet,
                 const struct udp_path *path)
{
    const skiff_bytes datagram = { packet->data, packet->len };

    if (end->transport == NULL || end->state == END_FAILED)
        return;
    if (stun_is_request(datagram))
        receive_check(end, datagram, path);
    else if (stun_is(datagram))
        receive_response(end, now, datagram);
    else
        receive_packet(end, now, packet);
}

void end_send(struct end *end, skiff_packet *packet)
{
    if (end->state == END_CONNECTED
        && skiff_transport_protect(end->transport, packet) == SKIFF_OK)
        udp_post(end->udp, &end->path);
}
