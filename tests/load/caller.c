/* caller.c - the client's end of one association. Knows no loop and no clock. */
#include "caller.h"

#include "addresses.h"

#include <stdio.h>

enum {
    CHECK_AGAIN = 500000, /* microseconds */
    CHECK_TRIES = 20,
    RTP_HEADER = 12,
    MEDIA = 160, /* bytes: 20 ms of G.711 */
    FILLER = 0xd5
};

static struct udp *udp_of(const struct callers *callers, uint32_t slot)
{
    return callers->sockets[slot % callers->options->sockets];
}

static struct udp_path path_of(const struct callers *callers, uint32_t slot)
{
    uint32_t near = address_of(slot, callers->all[slot].turn, callers->num);

    return (struct udp_path){ near, ADDRESS_SERVER, callers->server_port };
}

static void post(const struct callers *callers, uint32_t slot)
{
    struct udp_path path = path_of(callers, slot);

    udp_post(udp_of(callers, slot), &path);
}

static void ufrag_of(uint32_t slot, char name[CREDENTIAL_SIZE])
{
    snprintf(name, CREDENTIAL_SIZE, "load%08x", (unsigned)slot);
}

static void send_signal(struct callers *callers, uint32_t slot, enum signal_kind kind)
{
    struct signal_message message = { .kind = kind, .slot = slot };

    ufrag_of(slot, message.body.credentials.name);
    signalling_put(callers->signalling, &message);
}

/* --- the end of one ---------------------------------------------------------------- */

/* Prints the first failure only. The server gets a signal to remove its end. */
void caller_fail(struct callers *callers, uint32_t slot, const char *why)
{
    struct caller *caller = &callers->all[slot];

    if (callers->failed++ == 0)
        fprintf(stderr, "skiff-load: association %u failed: %s\n", (unsigned)slot, why);
    skiff_transport_free(caller->transport);
    caller->transport = NULL;
    caller->state = CALLER_FAILED;
    send_signal(callers, slot, SIGNAL_HANG_UP);
}

static void over(struct callers *callers, uint32_t slot, skiff_dtls_event event)
{
    struct caller *caller = &callers->all[slot];
    skiff_failure failure = { .what = "the server has closed it" };

    if (caller->state == CALLER_LEAVING)
        return;
    if (event == SKIFF_DTLS_FAILED)
        skiff_transport_failure(caller->transport, &failure, sizeof failure);
    caller_fail(callers, slot, failure.what);
}

/* --- media ------------------------------------------------------------------------- */

/* RTP with payload type 0 (RFC 3550 5.1); over DTLS alone its bytes are as good as any. */
static void write_media(const struct caller *caller, uint32_t slot, skiff_packet *packet)
{
    uint8_t *at = packet->data;
    uint32_t ssrc = slot * 2, timestamp = caller->sequence * (uint32_t)MEDIA;

    memset(at, FILLER, RTP_HEADER + MEDIA);
    at[0] = 0x80;
    at[1] = 0;
    at[2] = (uint8_t)(caller->sequence >> 8);
    at[3] = (uint8_t)caller->sequence;
    for (int i = 0; i < 4; i++) {
        at[4 + i] = (uint8_t)(timestamp >> (24 - 8 * i));
        at[8 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
    }
    packet->len = RTP_HEADER + MEDIA;
}

/* The server gives it back as it was, from an SSRC one higher. */
static bool is_echo(uint32_t slot, skiff_bytes packet)
{
    uint32_t ssrc = slot * 2 + 1;
    const uint8_t *at = packet.ptr;

    return packet.len == RTP_HEADER + MEDIA && at[RTP_HEADER] == FILLER
        && at[packet.len - 1] == FILLER
        && ((uint32_t)at[8] << 24 | (uint32_t)at[9] << 16 | (uint32_t)at[10] << 8 | at[11])
               == ssrc;
}

/* --- DTLS -------------------------------------------------------------------------- */

static void up(struct caller *caller, skiff_time now)
{
    caller->state = CALLER_UP;
    caller->elapsed = (uint32_t)(now - caller->began);
}

static void drain(struct callers *callers, uint32_t slot, skiff_time now)
{
    struct caller *caller = &callers->all[slot];
    skiff_bytes bytes;

    for (;;) {
        skiff_dtls_event event = skiff_transport_poll(
            caller->transport, now, udp_blank(udp_of(callers, slot)), &bytes);
        switch (event) {
        case SKIFF_DTLS_SEND:
            post(callers, slot);
            break;
        case SKIFF_DTLS_CONNECTED:
            up(caller, now);
            break;
        case SKIFF_DTLS_DATA:
            if (is_echo(slot, bytes))
                caller->echoed = now;
            break;
        case SKIFF_DTLS_CLOSED:
        case SKIFF_DTLS_FAILED:
            over(callers, slot, event);
            return;
        case SKIFF_DTLS_NOTHING:
            return;
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

static void shake(struct callers *callers, uint32_t slot, skiff_time now)
{
    callers->all[slot].state = CALLER_SHAKING;
    skiff_transport_set_path(callers->all[slot].transport, now, true);
    drain(callers, slot, now);
}

/* --- checks ------------------------------------------------------------------------ */

static void send_check(struct callers *callers, uint32_t slot, skiff_time now)
{
    struct caller *caller = &callers->all[slot];
    char ours[CREDENTIAL_SIZE];
    struct stun_credentials credentials = { caller->remote_ufrag, ours, caller->password };

    ufrag_of(slot, ours);
    stun_request(callers->stun, &credentials, caller->transaction,
                 udp_blank(udp_of(callers, slot)));
    post(callers, slot);
    caller->asked = now;
}

static void check(struct callers *callers, uint32_t slot, skiff_time now)
{
    struct caller *caller = &callers->all[slot];
    uint64_t number = ++callers->transactions;

    memcpy(caller->transaction, &number, sizeof number);
    memcpy(caller->transaction + sizeof number, &slot, sizeof slot);
    send_check(callers, slot, now);
}

void caller_consent(struct callers *callers, uint32_t slot, skiff_time now)
{
    const struct caller *caller = &callers->all[slot];

    callers->without_response += caller->responded_at < caller->asked;
    if (now - caller->asked > callers->longest)
        callers->longest = now - caller->asked;
    check(callers, slot, now);
}

void caller_insist(struct callers *callers, uint32_t slot, skiff_time now)
{
    struct caller *caller = &callers->all[slot];

    if (caller->state != CALLER_CHECKING || now < caller->asked + CHECK_AGAIN)
        return;
    if (++caller->tries == CHECK_TRIES)
        caller_fail(callers, slot, "its checks have no answer");
    else
        send_check(callers, slot, now);
}

static void read_response(struct callers *callers, uint32_t slot, skiff_time now,
                          skiff_bytes datagram)
{
    struct caller *caller = &callers->all[slot];

    if (!stun_is_response_to(callers->stun, datagram, caller->password,
                             caller->transaction))
        return;
    caller->responded_at = now;
    if (caller->state == CALLER_CHECKING)
        shake(callers, slot, now);
}

/* --- the life of one --------------------------------------------------------------- */

void caller_offer(struct callers *callers, uint32_t slot, skiff_time now)
{
    struct caller *caller = &callers->all[slot];
    skiff_transport *transport = NULL;

    caller->state = CALLER_OFFERED;
    if (skiff_transport_new(callers->context, SKIFF_ROLE_ACTIVE, NULL, now, &transport)
        != SKIFF_OK) {
        caller_fail(callers, slot, "the client has no memory for it");
        return;
    }
    caller->transport = transport;
    skiff_transport_set_user(transport, caller);
    skiff_transport_set_path(transport, now, false);
    if (skiff_dtls_expect(skiff_transport_dtls(transport), &callers->server, 1) != SKIFF_OK)
        caller_fail(callers, slot, "the server's fingerprint is none");
    else
        send_signal(callers, slot, SIGNAL_OFFER);
}

void caller_begin(struct callers *callers, uint32_t slot, skiff_time now,
                  const struct signal_message *answer)
{
    struct caller *caller = &callers->all[slot];

    caller->began = now;
    caller->sequence = caller->tries = 0;
    if (callers->bare) {
        shake(callers, slot, now);
        return;
    }
    memcpy(caller->remote_ufrag, answer->body.credentials.name, CREDENTIAL_SIZE);
    memcpy(caller->password, answer->body.credentials.password, CREDENTIAL_SIZE);
    caller->state = CALLER_CHECKING;
    check(callers, slot, now);
}

/* What is said by DTLS may get lost, what is told by signalling does not. */
void caller_hang_up(struct callers *callers, uint32_t slot, skiff_time now)
{
    struct caller *caller = &callers->all[slot];

    caller->state = CALLER_LEAVING;
    skiff_dtls_close(skiff_transport_dtls(caller->transport), now);
    drain(callers, slot, now);
    skiff_transport_free(caller->transport);
    caller->transport = NULL;
    caller->turn++;
    send_signal(callers, slot, SIGNAL_HANG_UP);
}

/* --- what is said when all is well ------------------------------------------------- */

void caller_talk(struct callers *callers, uint32_t slot, skiff_time now)
{
    struct caller *caller = &callers->all[slot];
    skiff_packet *packet = udp_blank(udp_of(callers, slot));
    skiff_dtls *dtls = skiff_transport_dtls(caller->transport);

    write_media(caller, slot, packet);
    caller->sequence++;
    skiff_status status = callers->bare
                            ? skiff_dtls_send(dtls, now, packet)
                            : skiff_transport_protect(caller->transport, packet);
    if (status == SKIFF_OK)
        post(callers, slot);
}

/* --- what comes -------------------------------------------------------------------- */

static void receive_packet(struct callers *callers, uint32_t slot, skiff_time now,
                           skiff_packet *packet)
{
    struct caller *caller = &callers->all[slot];
    skiff_kind kind;

    if (skiff_transport_receive(caller->transport, now, packet, &kind) != SKIFF_OK)
        return;
    if (kind != SKIFF_RTP)
        drain(callers, slot, now);
    else if (is_echo(slot, (skiff_bytes){ packet->data, packet->len }))
        caller->echoed = now;
}

void callers_receive(struct callers *callers, skiff_time now, skiff_packet *packet,
                     const struct udp_path *path)
{
    uint32_t slot = address_slot(path->near, callers->num);
    struct caller *caller = &callers->all[slot];
    skiff_bytes datagram = { packet->data, packet->len };

    if (path->far != ADDRESS_SERVER || path->far_port != callers->server_port
        || path->near != address_of(slot, caller->turn, callers->num)
        || caller->transport == NULL)
        return;
    if (stun_is(datagram))
        read_response(callers, slot, now, datagram);
    else
        receive_packet(callers, slot, now, packet);
}

void callers_due(struct callers *callers, skiff_time now)
{
    skiff_transport *transport;

    while ((transport = skiff_transport_due(callers->context, now)) != NULL) {
        struct caller *caller = skiff_transport_user(transport);
        drain(callers, (uint32_t)(caller - callers->all), now);
    }
}

uint32_t callers_alive(const struct callers *callers, skiff_time since)
{
    uint32_t alive = 0;

    for (uint32_t i = 0; i < callers->num; i++) {
        const struct caller *caller = &callers->all[i];
        alive += caller->state == CALLER_UP && caller->echoed >= since
              && (callers->bare || caller->responded_at >= since);
    }
    return alive;
}
