/* load_bare.c - serves DTLS alone, by any library, on one socket. Who comes is found by the
 * address, which says the slot. */
#include "load_bare.h"

#include "load_places.h"

#include <stdio.h>
#include <stdlib.h>

struct bare {
    const struct engine *engine;
    struct server       *server;
    void                *fleet;
    struct mail         *mail;
    struct bare_end     *ends;                  /* by slot                              */
};

/* --- what engines tell ------------------------------------------------------------- */

skiff_packet *bare_blank(struct bare_end *end)
{
    return mail_blank(end->bare->mail);
}

void bare_say(struct bare_end *end)
{
    mail_post(end->bare->mail, &end->path);
}

void bare_up(struct bare_end *end, uint16_t version)
{
    struct report *report = &end->bare->server->report;

    end->up = true;
    report->connects++;
    report->version = version;
}

void bare_over(struct bare_end *end, const char *failure)
{
    struct report *report = &end->bare->server->report;

    if (failure != NULL && report->failed++ == 0)
        fprintf(stderr, "skiff-load: the server's association %u failed: %s\n",
                (unsigned)(end - end->bare->ends), failure);
    end->bare->engine->unmake(end->handle);
    end->handle = NULL;
}

/* --- the service ------------------------------------------------------------------- */

static void close_bare(void *of)
{
    struct bare *bare = of;

    for (uint32_t i = 0; bare->ends != NULL && i < bare->server->options->peers; i++)
        if (bare->ends[i].handle != NULL)
            bare->engine->unmake(bare->ends[i].handle);
    if (bare->fleet != NULL)
        bare->engine->discard(bare->fleet);
    mail_free(bare->mail);
    free(bare->ends);
    free(bare);
}

static void *open_bare(struct server *server, uint16_t *port, const struct engine *engine)
{
    struct bare *bare = calloc(1, sizeof *bare);
    size_t granted;

    if (bare == NULL)
        return NULL;
    bare->engine = engine;
    bare->server = server;
    bare->ends = calloc(server->options->peers, sizeof *bare->ends);
    bare->fleet = engine->prepare(server);
    bare->mail = mail_new(PLACE_SERVER, &granted);
    if (bare->ends == NULL || bare->fleet == NULL || bare->mail == NULL) {
        close_bare(bare);
        return NULL;
    }
    *port = mail_port(bare->mail);
    return bare;
}

static int bare_fd(const void *of)
{
    return mail_fd(((const struct bare *)of)->mail);
}

static skiff_time bare_deadline(const void *of)
{
    const struct bare *bare = of;

    return bare->engine->deadline(bare->fleet);
}

static void take(struct bare *bare, skiff_time now, skiff_packet *packet,
                 const struct mail_path *path)
{
    uint32_t slot = place_slot(path->far, bare->server->options->peers);
    struct bare_end *end = &bare->ends[slot];

    if (end->handle == NULL)
        return;
    if (!end->up)
        end->path = *path;
    if (end->path.far == path->far && end->path.far_port == path->far_port)
        bare->engine->take(end, now, packet);
}

static void run_bare(void *of, skiff_time now)
{
    struct bare *bare = of;
    struct mail_path path;
    size_t num = mail_read(bare->mail, MAIL_BATCH);

    for (size_t i = 0; i < num; i++) {
        skiff_packet *packet = mail_open(bare->mail, i, &path);
        if (packet != NULL)
            take(bare, now, packet, &path);
    }
    bare->engine->due(bare->fleet, now);
    mail_flush(bare->mail);
}

static bool expect_end(void *of, skiff_time now, uint32_t slot, struct note *note)
{
    struct bare *bare = of;
    struct bare_end *end = &bare->ends[slot];

    (void)note;
    if (end->handle != NULL)
        return false;
    *end = (struct bare_end){ .bare = bare };
    end->handle = bare->engine->make(bare->fleet, now, end);
    return end->handle != NULL;
}

static void let_end_go(void *of, skiff_time now, uint32_t slot)
{
    struct bare *bare = of;
    struct bare_end *end = &bare->ends[slot];

    (void)now;
    if (end->handle != NULL)
        bare->engine->unmake(end->handle);
    end->handle = NULL;
}

static void *open_skiff(struct server *server, uint16_t *port)
{
    return open_bare(server, port, &engine_skiff);
}

static void *open_libssl(struct server *server, uint16_t *port)
{
    return open_bare(server, port, &engine_libssl);
}

const struct service service_skiff = {
    open_skiff, close_bare, bare_fd, bare_deadline, run_bare, expect_end, let_end_go,
};
const struct service service_libssl = {
    open_libssl, close_bare, bare_fd, bare_deadline, run_bare, expect_end, let_end_go,
};
