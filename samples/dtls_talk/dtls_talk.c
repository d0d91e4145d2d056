/* dtls_talk.c - what is typed here is printed there, over DTLS: "dtls_talk" here, and
 * "dtls_talk 127.0.0.1" there; a port may follow, or 4444. The other end may be openssl:
 * s_server and s_client, with -dtls1_2. */
#include "../common/clock.h"

#include <skiff/skiff.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINE = 1000, AT_ONCE = 64 };

struct talk {
    int fd;
    skiff_dtls *dtls;
    skiff_packet *received, *sent;
    bool connected, over;
};

/* Does what the engine wants done. What it says to send may be lost: it says it again. */
static void drain(struct talk *talk, skiff_time now)
{
    skiff_dtls_event event;
    skiff_failure failure;
    skiff_bytes bytes;
    do {
        event = skiff_dtls_poll(talk->dtls, now, talk->sent, &bytes);
        if (event == SKIFF_DTLS_SEND)
            (void)send(talk->fd, talk->sent->data, talk->sent->len, 0);
        if (event == SKIFF_DTLS_DATA)
            fwrite(bytes.ptr, 1, bytes.len, stdout), fflush(stdout);
        if (event == SKIFF_DTLS_FAILED) {
            skiff_dtls_failure(talk->dtls, &failure, sizeof failure);
            fprintf(stderr, "%s (%s)\n", failure.what, failure.spec);
        }
        talk->connected |= event == SKIFF_DTLS_CONNECTED;
        talk->over |= event == SKIFF_DTLS_FAILED || event == SKIFF_DTLS_CLOSED;
    } while (event != SKIFF_DTLS_NOTHING);
}

/* All that has come, with one time. Who sends is the peer; a server for many has to ask
 * skiff_context_check_hello first. */
static void receive(struct talk *talk, skiff_time now)
{
    for (int i = 0; i < AT_ONCE && !talk->over; i++) {
        struct sockaddr from;
        socklen_t len = sizeof from;
        skiff_packet *received = talk->received;
        ssize_t got =
            recvfrom(talk->fd, received->data, received->limit, MSG_DONTWAIT, &from, &len);
        if (got < 0 || (!talk->connected && connect(talk->fd, &from, len) != 0))
            return;
        received->len = (uint32_t)got;
        if (skiff_dtls_receive(talk->dtls, now, received) != SKIFF_OK)
            fprintf(stderr, "dropped a datagram of %zd bytes\n", got);
        drain(talk, now); /* before the next one: DATA points into this */
    }
}

static void send_line(struct talk *talk, skiff_time now)
{
    skiff_packet_clear(talk->sent); /* the last line has used its headroom */
    ssize_t got = read(STDIN_FILENO, talk->sent->data, MAX_LINE);
    talk->sent->len = got > 0 ? (uint32_t)got : 0;
    if (got <= 0) {
        skiff_dtls_close(talk->dtls, now);
        drain(talk, now);
        talk->over = true;
        return;
    }
    skiff_status status = skiff_dtls_send(talk->dtls, now, talk->sent);
    if (status == SKIFF_OK)
        (void)send(talk->fd, talk->sent->data, talk->sent->len, 0);
    else
        fprintf(stderr, "not said: %s\n",
                status == SKIFF_ERR_SPACE ? skiff_fault() : skiff_status_text(status));
}

/* Lines wait until there is somebody to hear them. */
static void run(struct talk *talk)
{
    struct pollfd fds[2] = { { talk->fd, POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };
    for (drain(talk, clock_now()); !talk->over; drain(talk, clock_now())) {
        (void)poll(fds, talk->connected ? 2 : 1,
                   skiff_wait_ms(skiff_dtls_deadline(talk->dtls), clock_now()));
        receive(talk, clock_now());
        if (talk->connected && !talk->over && fds[1].revents != 0)
            send_line(talk, clock_now());
    }
}

int main(int argc, char **argv)
{
    const char *address = argc > 1 && strchr(argv[1], '.') != NULL ? argv[1] : NULL;
    int port = argc > (address != NULL ? 2 : 1) ? atoi(argv[argc - 1]) : 4444;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    skiff_role role = address != NULL ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE;
    struct talk talk = { .fd = socket(AF_INET, SOCK_DGRAM, 0) };
    skiff_context_config config = skiff_context_defaults();
    skiff_pool_config sizes = skiff_pool_defaults();
    skiff_identity *me;
    skiff_pool *pool;
    skiff_context *context;
    at.sin_addr.s_addr = address != NULL ? inet_addr(address) : INADDR_ANY;
    if ((address != NULL ? connect : bind)(talk.fd, (struct sockaddr *)&at, sizeof at) != 0
        || skiff_identity_generate((int64_t)time(NULL), 30, &me) != SKIFF_OK)
        return perror("dtls_talk"), 2;
    config.identity = me;
    config.media_optional = true;
    if (skiff_pool_new(&sizes, &pool) != SKIFF_OK
        || skiff_context_new(&config, &context) != SKIFF_OK
        || skiff_dtls_new(context, role, clock_now(), &talk.dtls) != SKIFF_OK
        || skiff_dtls_set_trusted(talk.dtls, true)
               != SKIFF_OK) /* anybody: this is a sample */
        return 1;
    talk.received = skiff_pool_take(pool), talk.sent = skiff_pool_take(pool);
    run(&talk);
    skiff_packet_release(&talk.received), skiff_packet_release(&talk.sent);
    skiff_dtls_free(talk.dtls), skiff_context_free(context);
    return skiff_pool_free(pool), skiff_identity_free(me), 0;
}
