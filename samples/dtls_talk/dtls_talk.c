/*
 * dtls_talk.c - what is typed at one end is printed at the other.
 *
 *     dtls_talk [PORT]              waits for the other end, at UDP port 4444 or another
 *     dtls_talk ADDRESS [PORT]      calls the other end, such as 127.0.0.1
 *
 * It shows the loop of a DTLS association (receive, poll, deadline), cookies before a
 * server keeps anything of a client, application data, and close_notify at the end.
 *
 * It leaves out who the other end is: each prints fingerprints, and people compare them. It
 * repeats no lost line, and does not notice an end that goes without a word.
 */
#include "../common/basics.h"
#include "../common/udp.h"
#include "../common/wait.h"

#include <skiff/dtls.h>

enum { MAX_LINE = 1000, BATCH = 64 };

struct talk {
    struct basics basics;
    struct udp udp;
    skiff_dtls *dtls; /* NULL while a server waits for its client */
    skiff_packet *received, *sent;
    bool connected, closed, failed;
};

/* Anybody is trusted: people judge. */
static void start(struct talk *talk, skiff_role role)
{
    skiff_context *context = talk->basics.context;

    talk->failed = !worked(skiff_dtls_new(context, role, clock_now(), &talk->dtls), "DTLS")
                || !worked(skiff_dtls_set_trusted(talk->dtls, true), "trust");
}

static void handle_event(struct talk *talk, skiff_dtls_event event, skiff_bytes bytes)
{
    skiff_failure failure;
    skiff_dtls_info info;

    if (event == SKIFF_DTLS_SEND)
        udp_send(&talk->udp, talk->sent); /* what is lost, poll says again */
    if (event == SKIFF_DTLS_DATA && fwrite(bytes.ptr, 1, bytes.len, stdout) == bytes.len)
        fflush(stdout);
    if (event == SKIFF_DTLS_CONNECTED) {
        skiff_dtls_get_info(talk->dtls, &info, sizeof info);
        fprintf(stderr, "connected by DTLS 1.%d\n", info.version == SKIFF_DTLS_1_3 ? 3 : 2);
        print_fingerprint("the other end is", &info.peer);
    }
    if (event == SKIFF_DTLS_CLOSED)
        fprintf(stderr, "the other end has closed\n");
    if (event == SKIFF_DTLS_FAILED) {
        skiff_dtls_failure(talk->dtls, &failure, sizeof failure);
        print_failure(&failure);
    }
    talk->connected |= event == SKIFF_DTLS_CONNECTED;
    talk->closed |= event == SKIFF_DTLS_CLOSED;
    talk->failed |= event == SKIFF_DTLS_FAILED;
}

static void drain(struct talk *talk, skiff_time now)
{
    skiff_dtls_event event;
    skiff_bytes bytes;

    do {
        event = skiff_dtls_poll(talk->dtls, now, talk->sent, &bytes);
        handle_event(talk, event, bytes);
    } while (event != SKIFF_DTLS_NOTHING);
}

/* All that has come, with one time: no timer fires before what it waits for was read. */
static void receive(struct talk *talk, skiff_time now)
{
    for (int i = 0; i < BATCH && udp_receive(&talk->udp, talk->received); i++) {
        if (talk->dtls == NULL
            && udp_accept(&talk->udp, talk->basics.context, now, talk->received,
                          talk->sent))
            start(talk, SKIFF_ROLE_PASSIVE);
        if (talk->dtls != NULL
            && skiff_dtls_receive(talk->dtls, now, talk->received) == SKIFF_OK)
            drain(talk, now); /* before the next one: DATA points into this one */
    }
}

/* What one read gives is one message. False: nothing more will be typed. */
static bool send_line(struct talk *talk)
{
    skiff_packet_clear(talk->sent); /* the last message has used its headroom */
    ssize_t got = read(STDIN_FILENO, talk->sent->data, MAX_LINE);

    if (got <= 0)
        return false;
    talk->sent->len = (uint32_t)got;
    if (worked(skiff_dtls_send(talk->dtls, clock_now(), talk->sent), "this is not sent"))
        udp_send(&talk->udp, talk->sent);
    return true;
}

static void run(struct talk *talk)
{
    struct pollfd fds[2] = { { talk->udp.fd, POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };
    skiff_time deadline = talk->dtls != NULL ? 0 : SKIFF_NEVER; /* a client begins now */

    while (!talk->closed && !talk->failed
           && wait_until(fds, talk->connected ? 2 : 1, deadline)) {
        receive(talk, clock_now());
        if (talk->connected && fds[1].revents != 0 && !send_line(talk))
            break;
        if (talk->dtls == NULL)
            continue;
        drain(talk, clock_now());
        deadline = skiff_dtls_deadline(talk->dtls);
    }
    if (talk->dtls != NULL) {
        skiff_dtls_close(talk->dtls, clock_now());
        drain(talk, clock_now());
    }
}

int main(int argc, char **argv)
{
    const char *address = argc > 1 && strchr(argv[1], '.') != NULL ? argv[1] : NULL;
    int max = address != NULL ? 3 : 2;
    struct talk talk = { 0 };

    if (argc > max)
        fprintf(stderr, "usage: dtls_talk [ADDRESS] [PORT]\n");
    if (argc > max || !udp_open(&talk.udp, address, argc == max ? argv[max - 1] : "4444"))
        return 2;
    hold_interrupts();
    talk.failed = !basics_open(&talk.basics, true);
    if (!talk.failed) {
        print_own_fingerprint(&talk.basics);
        talk.received = skiff_pool_take(talk.basics.pool);
        talk.sent = skiff_pool_take(talk.basics.pool);
        if (address != NULL)
            start(&talk, SKIFF_ROLE_ACTIVE);
        run(&talk);
    }
    skiff_dtls_free(talk.dtls);
    skiff_packet_release(&talk.received);
    skiff_packet_release(&talk.sent);
    basics_close(&talk.basics);
    close(talk.udp.fd);
    return talk.failed ? 1 : 0;
}
