/* echo.c - a client of samples/srtp_echo: its first media overtakes its last flight, and
 * must come back like all that follows. Takes the program to start. */
#include <skiff/skiff.h>

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "samples/common/clock.h"

enum { EARLY = 3, PACKETS = 20, HELD = 4, RTP = 172, PATIENCE = 10 /* seconds */ };

struct client {
    int fd;
    skiff_pool *pool;
    skiff_transport *transport;
    skiff_packet *held[HELD]; /* of a flight, until media has gone before it */
    unsigned num_held, arrived;
    uint16_t sequence;
    bool connected, closed, failed;
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void send_media(struct client *client, unsigned num)
{
    for (unsigned i = 0; i < num; i++) {
        skiff_packet *packet = skiff_pool_take(client->pool);
        memset(packet->data, 0x55, RTP);
        packet->data[0] = 0x80;
        packet->data[1] = 111;
        packet->data[2] = (uint8_t)(client->sequence >> 8);
        packet->data[3] = (uint8_t)client->sequence++;
        packet->len = RTP;
        must(skiff_transport_protect(client->transport, packet) == SKIFF_OK, "protect");
        (void)send(client->fd, packet->data, packet->len, 0);
        skiff_packet_release(&packet);
    }
}

/* The flight that makes us connected goes behind media. */
static void release(struct client *client)
{
    if (client->connected && client->sequence == 0)
        send_media(client, EARLY);
    for (unsigned i = 0; i < client->num_held; i++) {
        (void)send(client->fd, client->held[i]->data, client->held[i]->len, 0);
        skiff_packet_release(&client->held[i]);
    }
    client->num_held = 0;
}

static void drain(struct client *client, skiff_time now)
{
    skiff_packet *packet = skiff_pool_take(client->pool);
    skiff_dtls_event event;
    skiff_bytes bytes;

    do {
        event = skiff_transport_poll(client->transport, now, packet, &bytes);
        if (event == SKIFF_DTLS_SEND) {
            must(client->num_held < HELD, "a flight of too many datagrams");
            client->held[client->num_held++] = packet;
            packet = skiff_pool_take(client->pool);
        }
        client->connected |= event == SKIFF_DTLS_CONNECTED;
        client->failed |= event == SKIFF_DTLS_FAILED;
        client->closed |= event == SKIFF_DTLS_CLOSED;
    } while (event != SKIFF_DTLS_NOTHING);
    skiff_packet_release(&packet);
    release(client);
}

static void receive(struct client *client)
{
    skiff_packet *packet = skiff_pool_take(client->pool);
    skiff_time now = clock_now();
    skiff_kind kind;
    ssize_t got;

    while ((got = recv(client->fd, packet->data, packet->limit, MSG_DONTWAIT)) > 0) {
        packet->len = (uint32_t)got;
        if (skiff_transport_receive(client->transport, now, packet, &kind) == SKIFF_OK)
            client->arrived += kind == SKIFF_RTP ? 1 : 0;
        drain(client, now);
    }
    skiff_packet_release(&packet);
}

static void talk(struct client *client)
{
    struct pollfd readable = { .fd = client->fd, .events = POLLIN };
    skiff_time until = clock_now() + SKIFF_MSEC(1000) * PATIENCE;
    bool sent = false;

    while (client->arrived < EARLY + PACKETS && !client->failed && !client->closed
           && clock_now() < until) {
        drain(client, clock_now());
        (void)poll(&readable, 1,
                   skiff_wait_ms(skiff_transport_deadline(client->transport) < until
                                     ? skiff_transport_deadline(client->transport)
                                     : until,
                                 clock_now()));
        receive(client);
        if (!sent && client->arrived >= EARLY)
            send_media(client, PACKETS);
        sent |= client->arrived >= EARLY;
    }
}

/* A socket that is connected to a port that was free a moment ago. */
static int connect_to_free_port(char port[8])
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    int fd = socket(AF_INET, SOCK_DGRAM, 0), reserved = socket(AF_INET, SOCK_DGRAM, 0);
    socklen_t len = sizeof at;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(reserved, (struct sockaddr *)&at, len) == 0
             && getsockname(reserved, (struct sockaddr *)&at, &len) == 0
             && connect(fd, (struct sockaddr *)&at, len) == 0,
         "sockets");
    close(reserved);
    snprintf(port, 8, "%u", ntohs(at.sin_port));
    return fd;
}

/* Reads the first line: the program is at its port then. */
static void wait_for_program(int fd)
{
    char character = 0;

    while (character != '\n')
        must(read(fd, &character, 1) == 1, "the program has not begun");
}

static pid_t start(const char *program, const skiff_identity *me, const char *port)
{
    int lines[2];
    char text[SKIFF_FINGERPRINT_TEXT];
    skiff_fingerprint fingerprint;

    skiff_identity_fingerprint(me, &fingerprint);
    skiff_fingerprint_format(&fingerprint, text);
    must(pipe(lines) == 0, "pipe");
    pid_t child = fork();
    if (child != 0) {
        wait_for_program(lines[0]);
        return child;
    }
    dup2(lines[1], STDERR_FILENO);
    execl(program, program, port, text, (char *)NULL);
    _exit(127);
}

/* The first flight of a client that sends nothing more, from another address: it must not
 * keep the program from ours. */
static void send_hello_of_another(skiff_context *context, skiff_pool *pool,
                                  const char *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)atoi(port)),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    skiff_packet *packet = skiff_pool_take(pool);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    skiff_dtls *another;
    skiff_bytes bytes;

    must(skiff_dtls_new(context, SKIFF_ROLE_ACTIVE, clock_now(), &another) == SKIFF_OK,
         "another");
    while (skiff_dtls_poll(another, clock_now(), packet, &bytes) == SKIFF_DTLS_SEND)
        must(sendto(fd, packet->data, packet->len, 0, (struct sockaddr *)&at, sizeof at)
                 > 0,
             "its hello");
    skiff_dtls_free(another);
    skiff_packet_release(&packet);
    close(fd);
}

/* Ctrl-C there is close_notify here, and a good end of the program. */
static void end_program(struct client *client, pid_t child)
{
    skiff_time until = clock_now() + SKIFF_MSEC(1000) * PATIENCE;
    int status = -1;

    kill(child, SIGINT);
    while (!client->closed && clock_now() < until) {
        struct pollfd readable = { .fd = client->fd, .events = POLLIN };
        (void)poll(&readable, 1, 100);
        receive(client);
    }
    must(client->closed, "no close_notify came");
    waitpid(child, &status, 0);
    must(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the program has not ended well");
}

int main(int argc, char **argv)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_pool_config sizes = skiff_pool_defaults();
    struct client client = { .fd = -1 };
    skiff_context *context;
    skiff_identity *me;
    char port[8];

    must(argc == 2, "usage: echo PROGRAM");
    must(skiff_identity_generate((int64_t)time(NULL), 1, &me) == SKIFF_OK
             && skiff_pool_new(&sizes, &client.pool) == SKIFF_OK,
         "identity, pool");
    config.identity = me;
    config.pool = client.pool;
    client.fd = connect_to_free_port(port);
    must(skiff_context_new(&config, &context) == SKIFF_OK
             && skiff_transport_new(context, SKIFF_ROLE_ACTIVE, NULL, clock_now(),
                                    &client.transport)
                    == SKIFF_OK
             && skiff_dtls_set_trusted(skiff_transport_dtls(client.transport), true)
                    == SKIFF_OK,
         "transport");
    pid_t child = start(argv[1], me, port);
    send_hello_of_another(context, client.pool, port);
    talk(&client);
    end_program(&client, child);
    printf("%u of %d packets came back, %d of them sent early\n", client.arrived,
           EARLY + PACKETS, EARLY);
    skiff_transport_free(client.transport);
    skiff_context_free(context);
    skiff_pool_free(client.pool);
    skiff_identity_free(me);
    return client.arrived == EARLY + PACKETS ? 0 : 1;
}
