/* udp_end.c - skiff behind a UDP socket on the loopback, for peers that are other programs.
 *
 *     interop_udp client|server|open-server PORT KIND FINGERPRINT
 *                 [GROUP [IDS [ROUNDS [CHECK]]]]
 *
 * A server asks for a cookie first, an open one does not. GROUP, by its number, is the
 * only one that skiff then has, 0 for all; with IDS it agrees on connection ids, its own of
 * that length, -1 for none. Behind a round comes the next, and with more than one there
 * are tickets: a client offers its latest. Says "port N" for its own port, and once it is
 * connected its cipher suite, group, SRTP profile, both sides' SRTP keys in one (RFC 5764
 * section 4.2), and whether it was resumed. Sends back what it is sent, closes at "close",
 * asks for new keys at "update". With a CHECK of paths (RFC 9853; 1 basic, 2 enhanced) it
 * hears every address, numbers them from 1 as they come, and says "moved N PROVEN". */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <poll.h>
#include <skiff/dtls.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "credential.h"

enum { TIMEOUT_MS = 10000, TICKET_MAX = 1300, PATHS = 8 };

struct end {
    int socket;
    skiff_role role;
    uint16_t group;   /* 0: all that skiff has */
    int ids;          /* the length of its own; -1: none */
    int rounds;       /* this one and those to come */
    int check;        /* skiff_rrc */
    size_t num_paths; /* addresses, where its path begins */
    struct sockaddr_in paths[PATHS];
    size_t ticket_len;
    uint8_t ticket[TICKET_MAX];
    bool hello_check; /* no handle before a cookie was shown */
    skiff_pool *pool;
    skiff_identity *identity;
    skiff_context *context;
    skiff_dtls *dtls;
    skiff_fingerprint expected;
    struct sockaddr_in peer;
    bool over, failed;
};

static skiff_time now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (skiff_time)t.tv_sec * 1000000 + (skiff_time)t.tv_nsec / 1000;
}

/* --- beginning ----------------------------------------------------------------------- */

static bool open_socket(struct end *end, const char *port)
{
    struct sockaddr_in here = { .sin_family = AF_INET };
    socklen_t len = sizeof here;

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    end->peer = here;
    end->peer.sin_port = htons((uint16_t)atoi(port));
    end->socket = socket(AF_INET, SOCK_DGRAM, 0);
    if (end->socket < 0 || bind(end->socket, (struct sockaddr *)&here, len) != 0
        || getsockname(end->socket, (struct sockaddr *)&here, &len) != 0
        || (end->check == 0
            && connect(end->socket, (struct sockaddr *)&end->peer, len) != 0))
        return false;
    printf("port %u\n", (unsigned)ntohs(here.sin_port));
    fflush(stdout);
    return true;
}

static skiff_bytes text(const char *string)
{
    return (skiff_bytes){ (const uint8_t *)string, strlen(string) };
}

static bool open_context(struct end *end, const char *kind)
{
    int which = 0;
    skiff_pool_config pool = skiff_pool_defaults();
    skiff_context_config config = skiff_context_defaults();

    while (which < CREDENTIAL_KINDS && strcmp(credential_names[which], kind) != 0)
        which++;
    if (which == CREDENTIAL_KINDS)
        return false;

    const struct credential *ours = credential_of((enum credential_kind)which, 0);
    pool.packets = 4;
    pool.limit = 2048;
    config.max_handshakes = 2;
    if (ours == NULL || skiff_pool_new(&pool, &end->pool) != SKIFF_OK
        || skiff_identity_from_pem(text(ours->chain), text(ours->key), &end->identity)
               != SKIFF_OK)
        return false;
    config.identity = end->identity;
    config.groups = &end->group;
    config.num_groups = end->group != 0;
    config.connection_ids = end->ids >= 0;
    config.connection_id_len = (uint8_t)(end->ids > 0 ? end->ids : 0);
    config.tickets = end->rounds > 1;
    config.rrc = (skiff_rrc)end->check;
    return skiff_context_new(&config, &end->context) == SKIFF_OK;
}

static bool open_dtls(struct end *end)
{
    return skiff_dtls_new(end->context, end->role, now(), &end->dtls) == SKIFF_OK
        && skiff_dtls_expect(end->dtls, &end->expected, 1) == SKIFF_OK
        && (end->ticket_len == 0
            || skiff_dtls_resume(end->dtls, (skiff_bytes){ end->ticket, end->ticket_len })
                   == SKIFF_OK);
}

static void close_end(struct end *end)
{
    skiff_context_free(end->context);
    skiff_identity_free(end->identity);
    skiff_pool_free(end->pool);
    close(end->socket);
}

/* --- what skiff tells ---------------------------------------------------------------- */

static void print_agreed(const struct end *end)
{
    uint8_t bytes[2 * sizeof((skiff_srtp_keys *)NULL)->ours];
    skiff_bytes none = { NULL, 0 };
    skiff_srtp_keys keys;
    skiff_dtls_info info;

    skiff_dtls_get_info(end->dtls, &info, sizeof info);
    if (skiff_dtls_srtp_keys(end->dtls, &keys) != SKIFF_OK
        || skiff_dtls_export(end->dtls, "EXTRACTOR-dtls_srtp", none, bytes, 2u * keys.len)
               != SKIFF_OK)
        return;
    printf("%u %u %u ", (unsigned)info.cipher_suite, (unsigned)info.group,
           (unsigned)info.srtp_profile);
    for (size_t i = 0; i < 2u * keys.len; i++)
        printf("%02x", bytes[i]);
    printf(" %d\n", info.resumed);
    fflush(stdout);
}

static void keep_ticket(struct end *end, skiff_bytes ticket)
{
    end->ticket_len = ticket.len < TICKET_MAX ? ticket.len : TICKET_MAX;
    memcpy(end->ticket, ticket.ptr, end->ticket_len);
}

static void send_packet(const struct end *end, const skiff_packet *packet)
{
    const struct sockaddr_in *to =
        packet->path != 0 ? &end->paths[packet->path - 1] : &end->peer;

    if (sendto(end->socket, packet->data, packet->len, 0, (const struct sockaddr *)to,
               sizeof *to)
        < 0)
        perror("send"); /* a datagram may be lost */
}

static void print_peer_path(const struct end *end)
{
    skiff_dtls_info info;

    skiff_dtls_get_info(end->dtls, &info, sizeof info);
    printf("moved %u %d\n", (unsigned)info.path, info.path_proven);
    fflush(stdout);
}

static bool receives_text(skiff_bytes data, const char *word)
{
    return data.len == strlen(word) && memcmp(data.ptr, word, data.len) == 0;
}

static void reply_to_data(struct end *end, skiff_bytes data)
{
    skiff_packet *packet = skiff_pool_take(end->pool);

    if (receives_text(data, "update"))
        end->failed = skiff_dtls_update_keys(end->dtls, now(), true) != SKIFF_OK;
    if (receives_text(data, "close")) {
        skiff_dtls_close(end->dtls, now());
        end->over = true;
    } else {
        memcpy(packet->data, data.ptr, data.len);
        packet->len = (uint32_t)data.len;
        if (skiff_dtls_send(end->dtls, now(), packet) == SKIFF_OK)
            send_packet(end, packet);
    }
    skiff_packet_release(&packet);
}

static void print_failure(struct end *end)
{
    skiff_failure failure;

    skiff_dtls_failure(end->dtls, &failure, sizeof failure);
    fprintf(stderr, "%s (%s), alert %d\n", failure.what, failure.spec, failure.alert);
    end->over = true;
    end->failed = true;
}

static void go_on(struct end *end)
{
    skiff_packet *packet = skiff_pool_take(end->pool);
    skiff_bytes bytes;
    skiff_dtls_event event;

    do {
        event = skiff_dtls_poll(end->dtls, now(), packet, &bytes);
        if (event == SKIFF_DTLS_SEND)
            send_packet(end, packet);
        else if (event == SKIFF_DTLS_CONNECTED)
            print_agreed(end);
        else if (event == SKIFF_DTLS_DATA)
            reply_to_data(end, bytes);
        else if (event == SKIFF_DTLS_MOVED)
            print_peer_path(end);
        else if (event == SKIFF_DTLS_TICKET)
            keep_ticket(end, bytes);
        else if (event == SKIFF_DTLS_CLOSED)
            end->over = true;
        else if (event == SKIFF_DTLS_FAILED)
            print_failure(end);
    } while (event != SKIFF_DTLS_NOTHING);
    skiff_packet_release(&packet);
}

/* --- what the network brings --------------------------------------------------------- */

static void judge_first(struct end *end, const skiff_packet *first)
{
    skiff_packet *reply = skiff_pool_take(end->pool);
    skiff_bytes address = { (const uint8_t *)&end->peer, sizeof end->peer };
    skiff_bytes hello = { first->data, first->len };
    skiff_hello_verdict verdict =
        skiff_context_check_hello(end->context, now(), address, hello, reply);

    if (verdict == SKIFF_HELLO_REPLY)
        send_packet(end, reply);
    if (verdict == SKIFF_HELLO_ACCEPT)
        end->failed = !open_dtls(end);
    skiff_packet_release(&reply);
}

static bool same_address(const struct sockaddr_in *a, const struct sockaddr_in *b)
{
    return a->sin_port == b->sin_port && a->sin_addr.s_addr == b->sin_addr.s_addr;
}

/* 0: paths are not checked, or there are too many. The first is where the peer is. */
static uint64_t number_of_path(struct end *end, const struct sockaddr_in *from)
{
    size_t i = 0;

    while (i < end->num_paths && !same_address(&end->paths[i], from))
        i++;
    if (end->check == 0 || i == PATHS)
        return 0;
    if (i == end->num_paths)
        end->paths[end->num_paths++] = *from;
    if (i == 0)
        end->peer = *from;
    return i + 1;
}

static void receive_datagram(struct end *end)
{
    struct sockaddr_in from = { .sin_family = AF_INET };
    socklen_t from_len = sizeof from;
    skiff_packet *packet = skiff_pool_take(end->pool);
    ssize_t len = recvfrom(end->socket, packet->data, packet->limit, 0,
                           (struct sockaddr *)&from, &from_len);

    if (len > 0) {
        packet->len = (uint32_t)len;
        packet->path = number_of_path(end, &from);
        if (end->dtls == NULL)
            judge_first(end, packet);
        if (end->dtls != NULL && skiff_dtls_receive(end->dtls, now(), packet) != SKIFF_OK)
            fprintf(stderr, "a datagram was dropped\n");
        if (end->dtls != NULL)
            go_on(end);
    }
    skiff_packet_release(&packet);
}

static int wait_ms(const struct end *end)
{
    skiff_time at = now(),
               due = end->dtls != NULL ? skiff_dtls_deadline(end->dtls) : SKIFF_NEVER;

    if (due <= at)
        return 0;
    return due - at > SKIFF_MSEC(TIMEOUT_MS) ? TIMEOUT_MS : (int)((due - at) / 1000) + 1;
}

static void run_round(struct end *end)
{
    struct pollfd wanted = { .fd = end->socket, .events = POLLIN };
    skiff_time late = now() + SKIFF_MSEC(TIMEOUT_MS);

    while (!end->over && now() < late) {
        if (end->dtls != NULL)
            go_on(end);
        if (!end->over && poll(&wanted, 1, wait_ms(end)) > 0)
            receive_datagram(end);
    }
    end->failed = end->failed || !end->over;
}

static void run(struct end *end)
{
    while (end->rounds-- > 0 && !end->failed) {
        if (!end->hello_check)
            end->failed = !open_dtls(end);
        if (!end->failed)
            run_round(end);
        skiff_dtls_free(end->dtls);
        end->dtls = NULL;
        end->over = false;
    }
}

static bool read_arguments(struct end *end, int argc, char **argv)
{
    if (argc < 5 || argc > 9
        || skiff_fingerprint_parse(argv[4], &end->expected) != SKIFF_OK)
        return false;
    end->role = strcmp(argv[1], "client") == 0 ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE;
    end->hello_check = strcmp(argv[1], "server") == 0;
    end->group = argc > 5 ? (uint16_t)atoi(argv[5]) : 0;
    end->ids = argc > 6 ? atoi(argv[6]) : -1;
    end->rounds = argc > 7 ? atoi(argv[7]) : 1;
    end->check = argc > 8 ? atoi(argv[8]) : 0;
    return true;
}

int main(int argc, char **argv)
{
    struct end end = { .socket = -1 };

    if (!read_arguments(&end, argc, argv)) {
        fprintf(stderr, "usage: interop_udp client|server|open-server PORT KIND "
                        "FINGERPRINT [GROUP [IDS [ROUNDS [CHECK]]]]\n");
        return 2;
    }
    if (open_context(&end, argv[3]) && open_socket(&end, argv[2]))
        run(&end);
    else
        end.failed = true;
    close_end(&end);
    return end.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
