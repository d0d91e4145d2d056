/* dtls_talk.c - what is typed here is printed there, over DTLS: "dtls_talk" here, and
 * "dtls_talk 127.0.0.1" there; or openssl s_server and s_client, -dtls1_2 and port 4444. */
#include <skiff/skiff.h>
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static skiff_time now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (skiff_time)t.tv_sec * 1000000u + (skiff_time)t.tv_nsec / 1000u;
}

/* Does what the engine wants done; false when the association is over. */
static bool drain(int fd, skiff_dtls *dtls, skiff_packet *packet)
{
    skiff_dtls_event event;
    skiff_failure why;
    skiff_bytes bytes;
    while ((event = skiff_dtls_poll(dtls, now(), packet, &bytes)) != SKIFF_DTLS_NOTHING) {
        if (event == SKIFF_DTLS_SEND)
            (void)send(fd, packet->data, packet->len, 0);    /* lost, it is sent again */
        if (event == SKIFF_DTLS_DATA)
            fwrite(bytes.ptr, 1, bytes.len, stdout);
        if (event == SKIFF_DTLS_FAILED)
            skiff_dtls_failure(dtls, &why, sizeof why), fprintf(stderr, "%s\n", why.what);
        if (event == SKIFF_DTLS_FAILED || event == SKIFF_DTLS_CLOSED)
            return false;
    }
    return true;
}

/* Who sends is the peer; a server for many asks skiff_context_answer first. */
static void receive(int fd, skiff_dtls *dtls, skiff_packet *packet)
{
    struct sockaddr from;
    socklen_t len = sizeof from;
    ssize_t got = recvfrom(fd, packet->data, packet->limit, MSG_DONTWAIT, &from, &len);
    packet->len = got > 0 ? (uint32_t)got : 0;
    if (got > 0 && connect(fd, &from, len) == 0
        && skiff_dtls_receive(dtls, now(), packet) != SKIFF_OK)
        fprintf(stderr, "dropped a datagram of %zd bytes\n", got);
}

static bool say(int fd, skiff_dtls *dtls, skiff_packet *packet)
{
    ssize_t got = read(STDIN_FILENO, packet->data, 1000);
    packet->len = got > 0 ? (uint32_t)got : 0;
    if (got <= 0)
        skiff_dtls_close(dtls, now());
    else if (skiff_dtls_send(dtls, now(), packet) == SKIFF_OK)
        (void)send(fd, packet->data, packet->len, 0);
    return got > 0;
}

static void talk(int fd, skiff_dtls *dtls, skiff_packet *heard, skiff_packet *said)
{
    struct pollfd fds[2] = { { fd, POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };
    while (drain(fd, dtls, said)) {
        skiff_time t = now(), due = skiff_dtls_deadline(dtls);
        int wait = due <= t ? 0 : (int)((due - t) / 1000) + 1;
        (void)poll(fds, 2, due == SKIFF_NEVER ? -1 : wait);
        receive(fd, dtls, heard);
        if (fds[1].revents != 0 && !say(fd, dtls, said))
            break;
    }
    (void)drain(fd, dtls, said);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(4444) };
    skiff_role role = argc > 1 ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE;
    skiff_context_config config = skiff_context_defaults();
    skiff_pool_config sizes = skiff_pool_defaults();
    skiff_identity *me;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    at.sin_addr.s_addr = argc > 1 ? inet_addr(argv[1]) : INADDR_ANY;
    if ((argc > 1 ? connect : bind)(fd, (struct sockaddr *)&at, sizeof at) != 0
        || skiff_identity_generate((int64_t)time(NULL), 30, &me) != SKIFF_OK)
        return perror("port 4444"), 2;
    config.identity = me;
    config.newest = SKIFF_DTLS_1_2;
    config.media_optional = true;
    skiff_pool *pool;
    skiff_dtls *dtls;
    skiff_context *context;
    if (skiff_pool_new(&sizes, &pool) != SKIFF_OK
        || skiff_context_new(&config, &context) != SKIFF_OK
        || skiff_dtls_new(context, role, now(), &dtls) != SKIFF_OK
        || skiff_dtls_accept(dtls, true) != SKIFF_OK)        /* anybody: this is a sample */
        return 1;
    talk(fd, dtls, skiff_pool_take(pool), skiff_pool_take(pool));
    skiff_dtls_free(dtls), skiff_context_free(context);
    return skiff_pool_free(pool), skiff_identity_free(me), 0;
}
