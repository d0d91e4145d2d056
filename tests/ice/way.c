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
    way->media += bytes[0] >= 128 && bytes[0] < 192;
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

static void open_leg(struct way_leg *leg)
{
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_addr = { htonl(INADDR_LOOPBACK) } };

    leg->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_EQUAL_FATAL(bind(leg->fd, (struct sockaddr *)&here, sizeof here), 0);
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
}

static unsigned port_of(const struct way_leg *leg)
{
    struct sockaddr_in name;
    socklen_t size = sizeof name;

    CU_ASSERT_EQUAL_FATAL(getsockname(leg->fd, (struct sockaddr *)&name, &size), 0);
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
        open_leg(leg);
    }
    snprintf(told, size, "%s 1 UDP 2015363327 127.0.0.1 %u %s", head, port_of(leg),
             sdp + rest);
}

void way_rebind(struct way *way, const void *end)
{
    for (unsigned i = 0; i < way->num_legs; i++) {
        if (way->legs[i].end != end)
            continue;
        close_leg(&way->legs[i]);
        open_leg(&way->legs[i]);
    }
}
