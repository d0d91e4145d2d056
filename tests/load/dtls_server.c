/* dtls_server.c - serves DTLS alone, by any library, on one socket. Who comes is found by
 * the address, which says the slot. */
#include "dtls_server.h"

#include "addresses.h"

#include <stdio.h>
#include <stdlib.h>

struct dtls_server {
    const struct engine *engine;
    struct server *server;
    void *state;
    struct udp *udp;
    struct dtls_server_end *ends; /* by slot */
};

/* --- what engines tell ------------------------------------------------------------- */

skiff_packet *dtls_server_packet(struct dtls_server_end *end)
{
    return udp_blank(end->server->udp);
}

void dtls_server_send(struct dtls_server_end *end)
{
    udp_post(end->server->udp, &end->path);
}

void dtls_server_connected(struct dtls_server_end *end, uint16_t version)
{
    struct report *report = &end->server->server->report;

    end->connected = true;
    report->connects++;
    report->version = version;
}

void dtls_server_ended(struct dtls_server_end *end, const char *failure)
{
    struct report *report = &end->server->server->report;

    if (failure != NULL && report->failed++ == 0)
        fprintf(stderr, "skiff-load: the server's association %u failed: %s\n",
                (unsigned)(end - end->server->ends), failure);
    end->server->engine->destroy(end->handle);
    end->handle = NULL;
}

/* --- the service ------------------------------------------------------------------- */

static void close_server(void *of)
{
    struct dtls_server *bare = of;

    for (uint32_t i = 0; bare->ends != NULL && i < bare->server->options->peers; i++)
        if (bare->ends[i].handle != NULL)
            bare->engine->destroy(bare->ends[i].handle);
    if (bare->state != NULL)
        bare->engine->discard(bare->state);
    udp_free(bare->udp);
    free(bare->ends);
    free(bare);
}

static void *open_server(struct server *server, uint16_t *port, const struct engine *engine)
{
    struct dtls_server *bare = calloc(1, sizeof *bare);
    size_t granted;

    if (bare == NULL)
        return NULL;
    bare->engine = engine;
    bare->server = server;
    bare->ends = calloc(server->options->peers, sizeof *bare->ends);
    bare->state = engine->prepare(server);
    bare->udp = udp_new(ADDRESS_SERVER, &granted);
    if (bare->ends == NULL || bare->state == NULL || bare->udp == NULL) {
        close_server(bare);
        return NULL;
    }
    *port = udp_port(bare->udp);
    return bare;
}

static int dtls_server_fd(const void *of)
{
    return udp_fd(((const struct dtls_server *)of)->udp);
}

static skiff_time dtls_server_deadline(const void *of)
{
    const struct dtls_server *bare = of;

    return bare->engine->deadline(bare->state);
}

static void receive(struct dtls_server *bare, skiff_time now, skiff_packet *packet,
                    const struct udp_path *path)
{
    uint32_t slot = address_slot(path->far, bare->server->options->peers);
    struct dtls_server_end *end = &bare->ends[slot];

    if (end->handle == NULL)
        return;
    if (!end->connected)
        end->path = *path;
    if (end->path.far == path->far && end->path.far_port == path->far_port)
        bare->engine->receive(end, now, packet);
}

static void run_server(void *of, skiff_time now)
{
    struct dtls_server *bare = of;
    struct udp_path path;
    size_t num = udp_read(bare->udp, UDP_BATCH);

    for (size_t i = 0; i < num; i++) {
        skiff_packet *packet = udp_open(bare->udp, i, &path);
        if (packet != NULL)
            receive(bare, now, packet, &path);
    }
    bare->engine->on_deadline(bare->state, now);
    udp_flush(bare->udp);
}

static bool expect_end(void *of, skiff_time now, uint32_t slot,
                       struct signal_message *message)
{
    struct dtls_server *bare = of;
    struct dtls_server_end *end = &bare->ends[slot];

    (void)message;
    if (end->handle != NULL)
        return false;
    *end = (struct dtls_server_end){ .server = bare };
    end->handle = bare->engine->create(bare->state, now, end);
    return end->handle != NULL;
}

static void let_end_go(void *of, skiff_time now, uint32_t slot)
{
    struct dtls_server *bare = of;
    struct dtls_server_end *end = &bare->ends[slot];

    (void)now;
    if (end->handle != NULL)
        bare->engine->destroy(end->handle);
    end->handle = NULL;
}

static void *open_skiff(struct server *server, uint16_t *port)
{
    return open_server(server, port, &engine_skiff);
}

static void *open_libssl(struct server *server, uint16_t *port)
{
    return open_server(server, port, &engine_libssl);
}

const struct service service_skiff = {
    open_skiff, close_server, dtls_server_fd, dtls_server_deadline,
    run_server, expect_end,   let_end_go,
};
const struct service service_libssl = {
    open_libssl, close_server, dtls_server_fd, dtls_server_deadline,
    run_server,  expect_end,   let_end_go,
};
