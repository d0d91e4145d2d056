/* load_dtls.c - skiff's own DTLS as an engine of DTLS alone. */
#include "load_bare.h"

#include "load_context.h"

#include <stdlib.h>

struct fleet {
    struct server *server;
    skiff_context *context;
};

static void *prepare(struct server *server)
{
    struct fleet *fleet = calloc(1, sizeof *fleet);

    if (fleet == NULL)
        return NULL;
    fleet->server = server;
    if (load_context(server->options, server->me, NULL, &fleet->context) == SKIFF_OK)
        return fleet;
    free(fleet);
    return NULL;
}

static void discard(void *of)
{
    struct fleet *fleet = of;

    skiff_context_free(fleet->context);
    free(fleet);
}

static void *make(void *of, skiff_time now, struct bare_end *end)
{
    struct fleet *fleet = of;
    skiff_dtls *dtls = NULL;

    if (skiff_dtls_new(fleet->context, SKIFF_ROLE_PASSIVE, now, &dtls) != SKIFF_OK)
        return NULL;
    skiff_dtls_set_user(dtls, end);
    if (skiff_dtls_expect(dtls, &fleet->server->client, 1) == SKIFF_OK)
        return dtls;
    skiff_dtls_free(dtls);
    return NULL;
}

static void unmake(void *handle)
{
    skiff_dtls_free(handle);
}

static void connect(struct bare_end *end)
{
    skiff_srtp_keys keys;
    skiff_dtls_info info;

    skiff_dtls_get_info(end->handle, &info, sizeof info);
    if (skiff_dtls_srtp_keys(end->handle, &keys) != SKIFF_OK) {
        bare_over(end, "there are no SRTP keys");
        return;
    }
    skiff_srtp_keys_wipe(&keys);
    bare_up(end, info.version);
}

static void echo(struct bare_end *end, skiff_time now, skiff_bytes message)
{
    skiff_packet *blank = bare_blank(end);

    if (message.len < 12 || message.len > blank->limit)
        return;
    memcpy(blank->data, message.ptr, message.len);
    blank->len = (uint32_t)message.len;
    blank->data[11]++;
    if (skiff_dtls_send(end->handle, now, blank) == SKIFF_OK)
        bare_say(end);
}

static void fail(struct bare_end *end)
{
    skiff_failure why;

    skiff_dtls_failure(end->handle, &why, sizeof why);
    bare_over(end, why.what);
}

static void drain(struct bare_end *end, skiff_time now)
{
    skiff_bytes bytes;

    while (end->handle != NULL)
        switch (skiff_dtls_poll(end->handle, now, bare_blank(end), &bytes)) {
        case SKIFF_DTLS_SEND:
            bare_say(end);
            break;
        case SKIFF_DTLS_CONNECTED:
            connect(end);
            break;
        case SKIFF_DTLS_DATA:
            echo(end, now, bytes);
            break;
        case SKIFF_DTLS_CLOSED:
            bare_over(end, NULL);
            break;
        case SKIFF_DTLS_FAILED:
            fail(end);
            break;
        case SKIFF_DTLS_NOTHING:
            return;
        case SKIFF_DTLS_PEER_CERTIFICATE:
        case SKIFF_DTLS_MOVED:
        case SKIFF_DTLS_TICKET:
        case SKIFF_DTLS_HELLO:
        case SKIFF_DTLS_RENEWED:
        case SKIFF_DTLS_NOT_RENEWED:
            break;
        }
}

static void take(struct bare_end *end, skiff_time now, skiff_packet *packet)
{
    if (skiff_dtls_receive(end->handle, now, packet) == SKIFF_OK)
        drain(end, now);
}

static skiff_time deadline(const void *of)
{
    return skiff_context_deadline(((const struct fleet *)of)->context);
}

static void due(void *of, skiff_time now)
{
    struct fleet *fleet = of;
    skiff_dtls *dtls;

    while ((dtls = skiff_dtls_due(fleet->context, now)) != NULL)
        drain(skiff_dtls_user(dtls), now);
}

const struct engine engine_skiff = { prepare, discard, make, unmake, take, deadline, due };
