/*
 * agent_call.c - one end of a call of three seconds, with silence of G.711 both ways.
 *
 *     agent_call offer|answer [ADDRESS]        a local address, or all that this host has
 *
 * Start one with "offer" and another with "answer". Each writes a description of itself to
 * stdout, up to an empty line, and reads the other's from stdin: copy and paste them, or
 * let samples/agent_call/run do it. It shows an agent (ICE, DTLS, SRTP) in a GLib loop. It
 * leaves out SDP, candidates that come later (trickle ICE), STUN and TURN servers, and a
 * codec.
 */
#include "../common/basics.h"
#include "../common/interrupt.h"

#include <skiff/ice.h>

enum { PACKETS = 150, FRAME_MS = 20, FRAME = 160, MAX_TICKS = 400, MAX_LINE = 512 };

struct call {
    struct basics basics;
    skiff_ice *ice;
    uint32_t ssrc, ticks, sent, received;
    bool gathered, over;
};

static void on_candidate(void *user, const char *sdp)
{
    struct call *call = user;

    printf("%s\n", sdp != NULL ? sdp : "");
    call->gathered = sdp == NULL;
}

/* Credentials and fingerprint in a line, then the candidates in one each. */
static void describe(struct call *call)
{
    char text[SKIFF_FINGERPRINT_TEXT];
    const char *ufrag, *password;

    skiff_ice_credentials(call->ice, &ufrag, &password);
    own_fingerprint(&call->basics, text);
    printf("%s %s %s\n", ufrag, password, text);
    while (!call->gathered)
        g_main_context_iteration(NULL, TRUE);
    fflush(stdout);
}

static bool read_description(struct call *call)
{
    char line[MAX_LINE] = "", ufrag[257] = "", password[257] = "", text[200] = "";
    skiff_fingerprint theirs;

    (void)!scanf("%256s %256s %199[^\n]%*c", ufrag, password, text);
    if (!worked(skiff_fingerprint_parse(text, &theirs), "the other end's fingerprint")
        || !worked(skiff_ice_set_peer(call->ice, ufrag, password, &theirs, 1), "the peer"))
        return false;
    while (fgets(line, sizeof line, stdin) != NULL && line[0] != '\n')
        if (!worked(skiff_ice_add_candidate(call->ice, line), "a candidate"))
            return false;
    return worked(skiff_ice_add_candidate(call->ice, NULL), "the last candidate");
}

static void on_media(void *user, skiff_packet *packet, skiff_kind kind)
{
    struct call *call = user;

    call->received += kind == SKIFF_RTP && packet->len > 0 ? 1 : 0;
}

/* RFC 3550 5.1: version 2, PCMU (0), sequence number, timestamp, SSRC; then silence. */
static void send_frame(struct call *call)
{
    uint32_t words[] = { GUINT32_TO_BE(0x80000000 | call->sent),
                         GUINT32_TO_BE(call->sent * FRAME), call->ssrc };
    skiff_packet *packet = skiff_pool_take(call->basics.pool);
    size_t gone;

    memcpy(packet->data, words, sizeof words);
    memset(packet->data + sizeof words, 0xff, FRAME);
    packet->len = sizeof words + FRAME;
    if (skiff_ice_send(call->ice, &packet, 1, &gone) == SKIFF_OK)
        call->sent++;
    skiff_packet_release(&packet);
}

static gboolean on_tick(void *user)
{
    struct call *call = user;

    if (call->ticks++ < PACKETS)
        send_frame(call);
    else /* some may be on their way, or lost */
        call->over |= call->received >= PACKETS || call->ticks == MAX_TICKS;
    return G_SOURCE_CONTINUE;
}

static void on_event(void *user, skiff_dtls_event event, skiff_bytes bytes)
{
    struct call *call = user;
    skiff_failure failure;

    (void)bytes;
    fprintf(stderr, "%s\n", skiff_dtls_event_name(event));
    call->over |= event == SKIFF_DTLS_FAILED || event == SKIFF_DTLS_CLOSED;
    if (event == SKIFF_DTLS_CONNECTED)
        g_timeout_add(FRAME_MS, on_tick, call);
    if (event == SKIFF_DTLS_FAILED) {
        skiff_ice_failure(call->ice, &failure, sizeof failure);
        print_failure(&failure);
    }
}

static bool open_agent(struct call *call, bool offers, const char *address)
{
    skiff_ice_config config = skiff_ice_defaults();

    config.context = call->basics.context;
    config.controlling = offers;
    config.role = offers ? SKIFF_ROLE_PASSIVE : SKIFF_ROLE_ACTIVE;
    config.addresses = &address;
    config.num_addresses = address != NULL ? 1 : 0;
    config.user = call;
    config.on_candidate = on_candidate;
    config.on_media = on_media;
    config.on_event = on_event;
    return worked(skiff_ice_new(&config, &call->ice), "the agent");
}

int main(int argc, char **argv)
{
    bool offers = argc > 1 && strcmp(argv[1], "offer") == 0;
    struct call call = { .ssrc = g_random_int() };

    if (argc < 2 || argc > 3 || (!offers && strcmp(argv[1], "answer") != 0)) {
        fprintf(stderr, "usage: agent_call offer|answer [ADDRESS]\n");
        return 2;
    }
    end_at_interrupt(&call.over);
    if (basics_open(&call.basics, false) && open_agent(&call, offers, argv[2])) {
        describe(&call);
        call.over |= !read_description(&call);
        while (!call.over)
            g_main_context_iteration(NULL, TRUE);
        skiff_ice_close(call.ice);
    }
    fprintf(stderr, "sent %u, received %u of %d\n", call.sent, call.received, PACKETS);
    skiff_ice_free(call.ice);
    basics_close(&call.basics);
    return call.received == PACKETS ? 0 : 1;
}
