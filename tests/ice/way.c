/* way.c - a network between two ends of a pair, on loopback. */
#include "way.h"

#include "suite.h"

#include <glib-unix.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_lost(struct way *way, const void *from)
{
    way->random = way->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(way->random >> 33) % 100 < way->loss || way->cut == from
           || way->cut == way;
}

static struct way_leg *leg_of(struct way *way, const union address *real)
{
    for (unsigned i = 0; i < way->num_legs; i++)
        if (address_equal(&way->legs[i].real, real))
            return &way->legs[i];
    return NULL;
}

static bool record(struct way *way, const struct way_leg *from, struct way_leg *to,
                   const uint8_t *bytes, size_t len)
{
    if (from->end != way->recorded)
        return false;
    way->last = to;
    way->len = len;
    memcpy(way->bytes, bytes, len);
    return true;
}

/* To whom the leg stands for, from the leg that stands for who sent it. */
static void pass(struct way_leg *to, const union address *source, const uint8_t *bytes,
                 size_t len)
{
    struct way *way = to->way;
    struct way_leg *from = leg_of(way, source);

    if (from == NULL || is_lost(way, from->end)) {
        way->lost++;
        return;
    }
    way->passed++;
    if (bytes[0] >= 128 && bytes[0] < 192) {
        way->media++;
        if (record(way, from, to, bytes, len) && way->catches)
            return;
    }
    (void)!sendto(from->fd, bytes, len, 0, &to->real.any, sizeof to->real.four);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct way_leg *leg = data;
    uint8_t bytes[2048];
    union address name, source;
    socklen_t size = sizeof name;
    ssize_t len;

    (void)condition;
    while ((len = recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, &name.any, &size)) > 0) {
        if (skf_address_take(&name, &source))
            pass(leg, &source, bytes, (size_t)len);
        size = sizeof name;
    }
    return G_SOURCE_CONTINUE;
}

static int open_at(unsigned host)
{
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_addr = { htonl((INADDR_LOOPBACK & ~0xffu) | host) } };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&here, sizeof here), 0);
    return fd;
}

static void open_leg(struct way_leg *leg, unsigned host)
{
    leg->fd = open_at(host);
    leg->source = g_unix_fd_source_new(leg->fd, G_IO_IN);
    g_source_set_callback(leg->source, G_SOURCE_FUNC(on_readable), leg, NULL);
    g_source_attach(leg->source, leg->way->loop);
}

static void close_leg(struct way_leg *leg)
{
    g_source_destroy(leg->source);
    g_source_unref(leg->source);
    close(leg->fd);
}

void way_open(struct way *way, GMainContext *loop, unsigned seed)
{
    memset(way, 0, sizeof *way);
    way->loop = loop;
    way->random = seed;
}

void way_close(struct way *way)
{
    for (unsigned i = 0; i < way->num_legs; i++)
        close_leg(&way->legs[i]);
    way->num_legs = 0;
    if (way->stranger != 0)
        close(way->stranger);
}

static unsigned port_of_socket(int fd)
{
    struct sockaddr_in name;
    socklen_t size = sizeof name;

    CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&name, &size), 0);
    return ntohs(name.sin_port);
}

/* "foundation component transport priority 127.0.0.1 port typ ..." */
void way_rewrite(struct way *way, void *end, const char *sdp, char *told, size_t size)
{
    char head[128], text[ADDRESS_TEXT];
    unsigned port = 0;
    int rest = 0;
    union address real;

    CU_ASSERT_EQUAL_FATAL(sscanf(sdp, "%127s %*s %*s %*s 127.0.0.1 %u %n", head, &port,
                                 &rest), 2);
    snprintf(text, sizeof text, "127.0.0.1:%u", port);
    CU_ASSERT_TRUE_FATAL(skf_address_read(text, &real));
    struct way_leg *leg = leg_of(way, &real);
    if (leg == NULL) {
        CU_ASSERT_TRUE_FATAL(way->num_legs < WAY_LEGS);
        leg = &way->legs[way->num_legs++];
        *leg = (struct way_leg){ .way = way, .end = end, .real = real };
        open_leg(leg, 1);
    }
    snprintf(told, size, "%s 1 UDP 2015363327 127.0.0.1 %u %s", head,
             port_of_socket(leg->fd), sdp + rest);
}

void way_rebind(struct way *way, const void *end, unsigned host)
{
    for (unsigned i = 0; i < way->num_legs; i++) {
        if (way->legs[i].end != end)
            continue;
        close_leg(&way->legs[i]);
        open_leg(&way->legs[i], host);
    }
}

void way_meet_stranger(struct way *way, char *candidate, size_t size)
{
    way->stranger = open_at(1);
    snprintf(candidate, size, "9 1 UDP 1 127.0.0.1 %u typ host",
             port_of_socket(way->stranger));
}

void way_replay(struct way *way)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(way->last);
    (void)!sendto(way->stranger, way->bytes, way->len, 0, &way->last->real.any,
                  sizeof way->last->real.four);
}

unsigned way_returned(struct way *way)
{
    uint8_t bytes[2048];
    unsigned num = 0;

    while (recv(way->stranger, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        num += bytes[0] >= 128 && bytes[0] < 192;
    return num;
}
