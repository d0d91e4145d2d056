/* echo.c - clients of samples/srtp_echo or of one that serves more than one: their first
 * media overtakes their last flight, and must come back like all that follows. Takes the
 * program to start, and how many clients there are if it is not one. */
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

enum {
    EARLY = 3,
    PACKETS = 20,
    HELD = 4,
    RTP = 172,
    PATIENCE = 10 /* seconds */,
    CLIENTS = 4
};

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

/* The address of a port that was free a moment ago. */
static struct sockaddr_in free_address(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    int reserved = socket(AF_INET, SOCK_DGRAM, 0);
    socklen_t len = sizeof at;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(reserved, (struct sockaddr *)&at, len) == 0
             && getsockname(reserved, (struct sockaddr *)&at, &len) == 0,
         "a free port");
    close(reserved);
    return at;
}

static void open_client(struct client *client, skiff_context *context, skiff_pool *pool,
                        const struct sockaddr_in *at)
{
    client->pool = pool;
    client->fd = socket(AF_INET, SOCK_DGRAM, 0);
    must(connect(client->fd, (const struct sockaddr *)at, sizeof *at) == 0, "a socket");
    must(skiff_transport_new(context, SKIFF_ROLE_ACTIVE, NULL, clock_now(),
                             &client->transport)
                 == SKIFF_OK
             && skiff_dtls_set_trusted(skiff_transport_dtls(client->transport), true)
                    == SKIFF_OK,
         "transport");
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
                                  const struct sockaddr_in *at)
{
    skiff_packet *packet = skiff_pool_take(pool);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    skiff_dtls *another;
    skiff_bytes bytes;

    must(skiff_dtls_new(context, SKIFF_ROLE_ACTIVE, clock_now(), &another) == SKIFF_OK,
         "another");
    while (skiff_dtls_poll(another, clock_now(), packet, &bytes) == SKIFF_DTLS_SEND)
        must(sendto(fd, packet->data, packet->len, 0, (const struct sockaddr *)at,
                    sizeof *at)
                 > 0,
             "its hello");
    skiff_dtls_free(another);
    skiff_packet_release(&packet);
    close(fd);
}

/* Ctrl-C there is close_notify here, and a good end of the program. */
static void end_program(struct client *clients, unsigned num, pid_t child)
{
    skiff_time until = clock_now() + SKIFF_MSEC(1000) * PATIENCE;
    int status = -1;

    kill(child, SIGINT);
    for (unsigned i = 0; i < num; i++) {
        while (!clients[i].closed && clock_now() < until) {
            struct pollfd readable = { .fd = clients[i].fd, .events = POLLIN };
            (void)poll(&readable, 1, 100);
            receive(&clients[i]);
        }
        must(clients[i].closed, "no close_notify came");
    }
    waitpid(child, &status, 0);
    must(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the program has not ended well");
}

static void talk_all(struct client *clients, unsigned num, const char *program,
                     const skiff_context_config *config)
{
    struct sockaddr_in at = free_address();
    skiff_context *context;
    char port[8];

    must(skiff_context_new(config, &context) == SKIFF_OK, "context");
    snprintf(port, sizeof port, "%u", ntohs(at.sin_port));
    pid_t child = start(program, config->identity, port);
    send_hello_of_another(context, config->pool, &at);
    for (unsigned i = 0; i < num; i++) {
        open_client(&clients[i], context, config->pool, &at);
        talk(&clients[i]);
    }
    end_program(clients, num, child);
    for (unsigned i = 0; i < num; i++)
        skiff_transport_free(clients[i].transport);
    skiff_context_free(context);
}

int main(int argc, char **argv)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_pool_config sizes = skiff_pool_defaults();
    struct client clients[CLIENTS] = { 0 };
    unsigned num = argc == 3 ? (unsigned)atoi(argv[2]) : 1, arrived = 0;
    skiff_identity *me;

    must((argc == 2 || argc == 3) && num > 0 && num <= CLIENTS,
         "usage: echo PROGRAM [CLIENTS]");
    must(skiff_identity_generate((int64_t)time(NULL), 1, &me) == SKIFF_OK
             && skiff_pool_new(&sizes, &config.pool) == SKIFF_OK,
         "identity, pool");
    config.identity = me;
    talk_all(clients, num, argv[1], &config);
    skiff_pool_free(config.pool);
    skiff_identity_free(me);
    for (unsigned i = 0; i < num; i++)
        arrived += clients[i].arrived;
    printf("%u of %u packets came back, %u of them sent early\n", arrived,
           num * (EARLY + PACKETS), num * EARLY);
    return arrived == num * (EARLY + PACKETS) ? 0 : 1;
}
