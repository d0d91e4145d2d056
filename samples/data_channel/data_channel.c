/*
 * data_channel.c - data channels with a browser: opens one, answers those that the browser
 * opens, and sends back what comes on each. An offer comes on stdin, up to an empty line or
 * its end; the answer goes to stdout.
 *
 *     browser   data channels (RFC 8831, RFC 8832)   this file
 *               SCTP (RFC 8261)                      usrsctp
 *               DTLS, ICE                            skiff: a peer of a port, or an agent
 *
 * usrsctp is used without a thread of its own: this loop gives it the time and all that
 * arrives, and it hands each packet of its own to `send_packet`.
 */
#include "../common/clock.h"

#include <skiff/ice.h>
#include <skiff/port.h>

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <usrsctp.h>

enum {
    SCTP_PORT = 5000,
    SCTP_HEADER = 12, /* RFC 9260 section 3.1: usrsctp does not count it */
    TICK = 10,        /* milliseconds: usrsctp tells nobody when it is due */
    MOST_STREAMS = 1024,
    MOST_MESSAGE = 65536,   /* bytes: a=max-message-size */
    MOST_WAITING = 1 << 20, /* bytes that the browser has not taken yet */
    MOST_OFFER = 65536,
    DATAGRAMS = 256 /* in one run of the port */
};

/* PPIDs of RFC 8831 section 8, messages and channel types of RFC 8832 section 5. */
enum { PPID_CONTROL = 50, PPID_TEXT = 51, PPID_BINARY = 53, PPID_NO_TEXT = 56 };
enum { CHANNEL_ACK = 2, CHANNEL_OPEN = 3, OPEN_HEADER = 12 };
enum { UNORDERED = 0x80, FEW_TRIES = 1, SHORT_LIFE = 2 };

struct channel {
    bool open;
    uint8_t type;         /* as in its DATA_CHANNEL_OPEN */
    uint32_t reliability; /* tries, or milliseconds */
};

struct offer {
    char ufrag[257], pwd[257], mid[64];
    skiff_fingerprint fingerprint;
    uint16_t sctp_port;
    bool has_channels;
};

struct app {
    skiff_identity *identity;
    skiff_pool *pool;
    skiff_context *context;
    skiff_port *port; /* one of these two carries DTLS */
    skiff_peer *peer;
    skiff_ice *ice;
    struct offer offer;
    GString *candidates;
    struct socket *sctp;
    skiff_time ticked;
    size_t max_packet; /* bytes, of SCTP */
    bool gathered, over;
    struct channel channels[MOST_STREAMS];
    size_t len; /* of the message that is arriving in parts */
    uint8_t message[MOST_MESSAGE];
};

static void end(struct app *app, const char *why)
{
    if (!app->over)
        fprintf(stderr, "%s\n", why);
    app->over = true;
}

/* --- channels ------------------------------------------------------------------------- */

/* Both ends of a channel send as its DATA_CHANNEL_OPEN says (RFC 8832 section 5.1). */
static struct sctp_sendv_spa manner_of(const struct channel *channel, uint16_t stream,
                                       uint32_t ppid)
{
    struct sctp_sendv_spa manner = { .sendv_flags = SCTP_SEND_SNDINFO_VALID };

    manner.sendv_sndinfo.snd_sid = stream;
    manner.sendv_sndinfo.snd_flags = SCTP_EOR;
    manner.sendv_sndinfo.snd_ppid = htonl(ppid);
    if (ppid == PPID_CONTROL)
        return manner; /* in order, and until it arrives */
    if (channel->type & UNORDERED)
        manner.sendv_sndinfo.snd_flags |= SCTP_UNORDERED;
    if ((channel->type & ~UNORDERED) != 0) {
        manner.sendv_flags |= SCTP_SEND_PRINFO_VALID;
        manner.sendv_prinfo.pr_policy =
            (channel->type & ~UNORDERED) == FEW_TRIES ? SCTP_PR_SCTP_RTX : SCTP_PR_SCTP_TTL;
        manner.sendv_prinfo.pr_value = channel->reliability;
    }
    return manner;
}

static void send_data(struct app *app, uint16_t stream, uint32_t ppid, skiff_bytes message)
{
    struct sctp_sendv_spa manner = manner_of(&app->channels[stream], stream, ppid);

    if (usrsctp_sendv(app->sctp, message.ptr, message.len, NULL, 0, &manner, sizeof manner,
                      SCTP_SENDV_SPA, 0)
        < 0)
        end(app, errno == EWOULDBLOCK ? "the browser takes its echoes too slowly"
                                      : "SCTP: a message could not be sent");
}

/* RFC 8832 section 5.1: type, channel type, priority, reliability, lengths of the two texts
 * that follow. */
static void open_channel(struct app *app, uint16_t stream, const char *label)
{
    uint8_t open[OPEN_HEADER + 255] = { CHANNEL_OPEN };
    size_t len = strlen(label);

    open[9] = (uint8_t)len;
    memcpy(open + OPEN_HEADER, label, len);
    app->channels[stream] = (struct channel){ .open = true };
    send_data(app, stream, PPID_CONTROL, (skiff_bytes){ open, OPEN_HEADER + len });
}

static void accept_channel(struct app *app, uint16_t stream, skiff_bytes body)
{
    static const uint8_t ack[] = { CHANNEL_ACK };
    struct channel *channel = &app->channels[stream];
    const uint8_t *at = body.ptr;

    if (body.len < OPEN_HEADER
        || body.len - OPEN_HEADER
               != (size_t)(at[8] << 8 | at[9]) + (size_t)(at[10] << 8 | at[11])
        || (at[1] & ~UNORDERED) > SHORT_LIFE) {
        end(app, "a DATA_CHANNEL_OPEN that does not parse (RFC 8832 5.1)");
        return;
    }
    *channel = (struct channel){ true, at[1],
                                 (uint32_t)at[4] << 24 | (uint32_t)at[5] << 16
                                     | (uint32_t)at[6] << 8 | at[7] };
    fprintf(stderr, "channel %u: opened by the browser\n", stream);
    send_data(app, stream, PPID_CONTROL, (skiff_bytes){ ack, sizeof ack });
}

static void read_channel_message(struct app *app, uint16_t stream, uint32_t ppid,
                                 skiff_bytes body)
{
    if (ppid != PPID_CONTROL && app->channels[stream].open)
        send_data(app, stream, ppid, body); /* the echo */
    else if (ppid == PPID_CONTROL && body.len > 0 && body.ptr[0] == CHANNEL_OPEN)
        accept_channel(app, stream, body);
    else if (ppid == PPID_CONTROL && body.len == 1 && body.ptr[0] == CHANNEL_ACK)
        fprintf(stderr, "channel %u: taken by the browser\n", stream);
    else
        end(app, "a message on a channel that is not open (RFC 8832 6)");
}

/* A channel is closed by resetting its stream, both ways (RFC 8831 section 6.7). */
static void close_channel(struct app *app, uint16_t stream)
{
    struct sctp_reset_streams *own;

    if (stream >= MOST_STREAMS || !app->channels[stream].open)
        return;
    fprintf(stderr, "channel %u: closed\n", stream);
    app->channels[stream].open = false;
    own = g_malloc0(sizeof *own + sizeof stream);
    own->srs_flags = SCTP_STREAM_RESET_OUTGOING;
    own->srs_number_streams = 1;
    own->srs_stream_list[0] = stream;
    if (usrsctp_setsockopt(app->sctp, IPPROTO_SCTP, SCTP_RESET_STREAMS, own,
                           (socklen_t)(sizeof *own + sizeof stream))
        != 0)
        end(app, "SCTP: a stream could not be reset");
    g_free(own);
}

/* --- SCTP ----------------------------------------------------------------------------- */

/* What is lost here, SCTP says again. */
static int send_packet(void *address, void *bytes, size_t len, uint8_t tos, uint8_t df)
{
    struct app *app = address;
    skiff_packet *packet = skiff_pool_take(app->pool);
    skiff_status status;

    (void)tos, (void)df;
    if (packet == NULL || len > packet->limit) {
        skiff_packet_release(&packet);
        return EMSGSIZE;
    }
    memcpy(packet->data, bytes, len);
    packet->len = (uint32_t)len;
    status = app->ice != NULL ? skiff_ice_send_data(app->ice, packet)
                              : skiff_peer_send_data(app->peer, &packet);
    skiff_packet_release(&packet); /* a port has taken its packets */
    return status == SKIFF_OK ? 0 : EIO;
}

static void read_message(struct app *app, const union sctp_notification *news, size_t len)
{
    const struct sctp_stream_reset_event *reset = &news->sn_strreset_event;

    if (news->sn_header.sn_length != len)
        return;
    if (news->sn_header.sn_type == SCTP_ASSOC_CHANGE
        && news->sn_assoc_change.sac_state == SCTP_COMM_UP)
        open_channel(app, 1, "from skiff"); /* odd: of the DTLS server (RFC 8832 6) */
    else if (news->sn_header.sn_type == SCTP_ASSOC_CHANGE)
        end(app, "SCTP: the association is over");
    else if (news->sn_header.sn_type == SCTP_STREAM_RESET_EVENT
             && (reset->strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN) != 0)
        for (size_t i = 0; i < (len - sizeof *reset) / sizeof(uint16_t); i++)
            close_channel(app, reset->strreset_stream_list[i]);
}

/* Long messages come in parts, the last of them with MSG_EOR. */
static void receive_part(struct app *app, const struct sctp_rcvinfo *info, skiff_bytes part,
                         bool last)
{
    if (part.len > MOST_MESSAGE - app->len || info->rcv_sid >= MOST_STREAMS) {
        end(app, "a message longer than a=max-message-size, or a stream too many");
        return;
    }
    memcpy(app->message + app->len, part.ptr, part.len);
    app->len += part.len;
    if (!last)
        return;
    part = (skiff_bytes){ app->message, app->len };
    app->len = 0;
    read_channel_message(app, info->rcv_sid, ntohl(info->rcv_ppid), part);
}

/* NOLINTNEXTLINE(readability-function-size): the type is usrsctp's */
static int on_received(struct socket *sctp, union sctp_sockstore from, void *bytes,
                       size_t len, struct sctp_rcvinfo info, int flags, void *user)
{
    struct app *app = user;

    (void)sctp, (void)from;
    if (bytes == NULL)
        end(app, "SCTP: the association is over");
    else if ((flags & MSG_NOTIFICATION) != 0)
        read_message(app, bytes, len);
    else
        receive_part(app, &info, (skiff_bytes){ bytes, len }, (flags & MSG_EOR) != 0);
    free(bytes);
    return 1;
}

static bool set(struct socket *sctp, int name, const void *value, size_t size)
{
    return usrsctp_setsockopt(sctp, IPPROTO_SCTP, name, value, (socklen_t)size) == 0;
}

static bool prepare(struct app *app)
{
    const uint32_t on = 1;
    const int waiting = MOST_WAITING;
    const struct linger at_once = { 1, 0 }; /* to close is to abort */
    const struct sctp_initmsg init = { MOST_STREAMS, MOST_STREAMS, 0, 0 };
    const struct sctp_assoc_value reset = { SCTP_ALL_ASSOC, SCTP_ENABLE_RESET_STREAM_REQ };
    const struct sctp_event events[] = { { SCTP_ALL_ASSOC, SCTP_ASSOC_CHANGE, 1 },
                                         { SCTP_ALL_ASSOC, SCTP_STREAM_RESET_EVENT, 1 } };
    struct sctp_paddrparams path = { .spp_flags = SPP_PMTUD_DISABLE };

    path.spp_address.ss_family = AF_CONN;
    path.spp_pathmtu = (uint32_t)((app->max_packet - SCTP_HEADER) & ~(size_t)3);
    return usrsctp_set_non_blocking(app->sctp, 1) == 0
        && usrsctp_setsockopt(app->sctp, SOL_SOCKET, SO_SNDBUF, &waiting, sizeof waiting)
               == 0
        && usrsctp_setsockopt(app->sctp, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once)
               == 0
        && set(app->sctp, SCTP_NODELAY, &on, sizeof on)
        && set(app->sctp, SCTP_INITMSG, &init, sizeof init)
        && set(app->sctp, SCTP_ENABLE_STREAM_RESET, &reset, sizeof reset)
        && set(app->sctp, SCTP_EVENT, &events[0], sizeof events[0])
        && set(app->sctp, SCTP_EVENT, &events[1], sizeof events[1])
        && set(app->sctp, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
}

/* Both ends connect (RFC 8841 section 9.3): whose INIT comes first is no matter. */
static void start_sctp(struct app *app, skiff_transport *transport)
{
    struct sockaddr_conn here = { .sconn_family = AF_CONN,
                                  .sconn_port = htons(SCTP_PORT),
                                  .sconn_addr = app };
    struct sockaddr_conn there = here;

    there.sconn_port = htons(app->offer.sctp_port);
    app->max_packet = skiff_dtls_max_data(skiff_transport_dtls(transport));
    app->ticked = clock_now();
    usrsctp_register_address(app);
    app->sctp =
        usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, on_received, NULL, 0, app);
    if (app->sctp == NULL || !prepare(app)
        || usrsctp_bind(app->sctp, (struct sockaddr *)&here, sizeof here) != 0
        || (usrsctp_connect(app->sctp, (struct sockaddr *)&there, sizeof there) != 0
            && errno != EINPROGRESS))
        end(app, "SCTP: it could not be set up");
}

/* At least every TICK, while there is an association. */
static void tick(struct app *app)
{
    skiff_time passed = clock_now() - app->ticked;

    if (app->sctp == NULL || passed < SKIFF_MSEC(1))
        return;
    app->ticked += passed - passed % SKIFF_MSEC(1);
    usrsctp_handle_timers((uint32_t)(passed / SKIFF_MSEC(1)));
}

static void stop_sctp(struct app *app)
{
    if (app->sctp == NULL)
        return;
    usrsctp_close(app->sctp);
    usrsctp_deregister_address(app);
    for (int i = 0; i < 100 && usrsctp_finish() != 0; i++)
        usrsctp_handle_timers(TICK);
}

/* --- what carries it ------------------------------------------------------------------ */

static void read_event(struct app *app, skiff_dtls_event event, skiff_transport *transport,
                       skiff_bytes bytes)
{
    skiff_failure failure;

    if (event == SKIFF_DTLS_CONNECTED)
        start_sctp(app, transport);
    if (event == SKIFF_DTLS_DATA && app->sctp != NULL)
        usrsctp_conninput(app, bytes.ptr, bytes.len, 0);
    if (event == SKIFF_DTLS_CLOSED)
        end(app, "the browser has closed");
    if (event == SKIFF_DTLS_FAILED) {
        skiff_transport_failure(transport, &failure, sizeof failure);
        end(app, failure.what != NULL ? failure.what : "there is no path any more");
    }
}

static void on_peer_event(void *user, skiff_peer *peer, skiff_peer_event event,
                          skiff_bytes bytes)
{
    static const struct {
        skiff_peer_event peer;
        skiff_dtls_event dtls;
    } same[] = {
        { SKIFF_PEER_CONNECTED, SKIFF_DTLS_CONNECTED },
        { SKIFF_PEER_DATA, SKIFF_DTLS_DATA },
        { SKIFF_PEER_CLOSED, SKIFF_DTLS_CLOSED },
        { SKIFF_PEER_FAILED, SKIFF_DTLS_FAILED },
    };

    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (same[i].peer == event)
            read_event(user, same[i].dtls, skiff_peer_transport(peer), bytes);
    if (event == SKIFF_PEER_CONSENT_LOST)
        end(user, "the browser is silent");
}

static void on_ice_event(void *user, skiff_dtls_event event, skiff_bytes bytes)
{
    struct app *app = user;

    read_event(app, event, skiff_ice_transport(app->ice), bytes);
}

static void on_candidate(void *user, const char *sdp)
{
    struct app *app = user;

    if (sdp != NULL)
        g_string_append_printf(app->candidates, "a=candidate:%s\r\n", sdp);
    app->gathered |= sdp == NULL;
}

static bool make_port(struct app *app)
{
    skiff_port_config config = skiff_port_defaults();

    config.address = "0.0.0.0:0";
    config.context = app->context;
    config.user = app;
    config.on_event = on_peer_event;
    if (skiff_port_new(&config, &app->port) != SKIFF_OK
        || skiff_peer_new(app->port, SKIFF_ROLE_PASSIVE, clock_now(), &app->peer)
               != SKIFF_OK)
        return false;
    for (size_t i = 0; skiff_port_candidate_at(app->port, i) != NULL; i++)
        on_candidate(app, skiff_port_candidate_at(app->port, i));
    return skiff_peer_set_remote(app->peer, app->offer.ufrag, &app->offer.fingerprint, 1)
        == SKIFF_OK;
}

static bool make_agent(struct app *app)
{
    skiff_ice_config config = skiff_ice_defaults();

    config.context = app->context;
    config.role = SKIFF_ROLE_PASSIVE;
    config.lite = true;
    config.user = app;
    config.on_candidate = on_candidate;
    config.on_event = on_ice_event;
    if (skiff_ice_new(&config, &app->ice) != SKIFF_OK)
        return false;
    while (!app->gathered)
        g_main_context_iteration(NULL, TRUE);
    return skiff_ice_set_peer(app->ice, app->offer.ufrag, app->offer.pwd,
                              &app->offer.fingerprint, 1)
        == SKIFF_OK;
}

static void run_port(struct app *app)
{
    struct pollfd readable = { .fd = skiff_port_fd(app->port), .events = POLLIN };

    while (!app->over) {
        int wait = skiff_wait_ms(skiff_port_deadline(app->port), clock_now());
        if (app->sctp != NULL && (wait < 0 || wait > TICK))
            wait = TICK;
        (void)poll(&readable, 1, wait);
        tick(app);
        skiff_port_run(app->port, clock_now(), DATAGRAMS); /* sends what tick has said */
    }
}

static gboolean on_tick(gpointer user)
{
    tick(user);
    return G_SOURCE_CONTINUE;
}

static void run_agent(struct app *app)
{
    guint timer = g_timeout_add(TICK, on_tick, app);

    while (!app->over)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(timer);
}

/* --- offer and answer (RFC 8841) ------------------------------------------------------ */

static bool read_text(char *out, size_t size, const char *value)
{
    return g_strlcpy(out, value, size) < size;
}

/* BUNDLE makes all sections one transport, so what the last one says of it will do. */
static bool read_line(struct offer *offer, const char *line)
{
    if (g_str_has_prefix(line, "m="))
        offer->has_channels = g_str_has_prefix(line, "m=application ");
    if (g_str_has_prefix(line, "a=fingerprint:"))
        return skiff_fingerprint_parse(line + 14, &offer->fingerprint) == SKIFF_OK;
    if (g_str_has_prefix(line, "a=ice-ufrag:"))
        return read_text(offer->ufrag, sizeof offer->ufrag, line + 12);
    if (g_str_has_prefix(line, "a=ice-pwd:"))
        return read_text(offer->pwd, sizeof offer->pwd, line + 10);
    if (g_str_has_prefix(line, "a=mid:"))
        return read_text(offer->mid, sizeof offer->mid, line + 6);
    if (g_str_has_prefix(line, "a=sctp-port:"))
        offer->sctp_port = (uint16_t)strtoul(line + 12, NULL, 10);
    return true;
}

static bool read_offer(struct offer *offer)
{
    char line[1024];
    bool good = true;

    offer->sctp_port = SCTP_PORT;
    while (good && fgets(line, sizeof line, stdin) != NULL && *g_strchomp(line) != '\0')
        good = read_line(offer, line);
    return good && offer->has_channels && offer->fingerprint.len > 0
        && offer->ufrag[0] != '\0' && offer->pwd[0] != '\0' && offer->mid[0] != '\0'
        && offer->sctp_port != 0;
}

static void write_answer(const struct app *app)
{
    char fingerprint[SKIFF_FINGERPRINT_TEXT];
    skiff_fingerprint ours;
    const char *ufrag, *password;

    if (app->ice != NULL)
        skiff_ice_credentials(app->ice, &ufrag, &password);
    else
        skiff_peer_credentials(app->peer, &ufrag, &password);
    skiff_identity_fingerprint(app->identity, &ours);
    skiff_fingerprint_format(&ours, fingerprint);
    printf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
           "a=ice-lite\r\na=group:BUNDLE %s\r\n"
           "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"
           "a=mid:%s\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:%s\r\n"
           "a=setup:passive\r\na=sctp-port:%d\r\na=max-message-size:%d\r\n%s"
           "a=end-of-candidates\r\n\r\n",
           app->offer.mid, app->offer.mid, ufrag, password, fingerprint, SCTP_PORT,
           MOST_MESSAGE, app->candidates->str);
    fflush(stdout);
}

/* --- all of it ------------------------------------------------------------------------ */

static bool make(struct app *app, bool with_agent)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_pool_config sizes = skiff_pool_defaults();

    sizes.packets = 2048;
    if (skiff_identity_generate((int64_t)time(NULL), 30, &app->identity) != SKIFF_OK
        || skiff_pool_new(&sizes, &app->pool) != SKIFF_OK)
        return false;
    config.identity = app->identity;
    config.pool = app->pool;
    config.media_optional = true; /* channels alone need no SRTP profile */
    return skiff_context_new(&config, &app->context) == SKIFF_OK
        && (with_agent ? make_agent(app) : make_port(app));
}

static void unmake(struct app *app)
{
    stop_sctp(app);
    if (app->ice != NULL)
        skiff_ice_close(app->ice);
    skiff_ice_free(app->ice);
    skiff_port_free(app->port);
    skiff_context_free(app->context);
    skiff_pool_free(app->pool);
    skiff_identity_free(app->identity);
    g_string_free(app->candidates, TRUE);
    g_free(app);
}

int main(int argc, char **argv)
{
    struct app *app = g_new0(struct app, 1);
    bool with_agent = argc == 2 && strcmp(argv[1], "--agent") == 0;
    bool good = argc == 1 || with_agent;

    app->candidates = g_string_new(NULL);
    if (!good)
        fprintf(stderr, "usage: skiff-data-channel [--agent] < offer\n");
    else if (!read_offer(&app->offer))
        fprintf(stderr, "no offer of data channels that is whole\n"), good = false;
    else if (!make(app, with_agent))
        fprintf(stderr, "our end cannot be made\n"), good = false;
    if (good) {
        usrsctp_init_nothreads(0, send_packet, NULL);
        write_answer(app);
        (with_agent ? run_agent : run_port)(app);
    }
    unmake(app);
    return good ? 0 : 1;
}
