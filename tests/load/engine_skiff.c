/* engine_skiff.c - skiff's own DTLS as an engine of DTLS alone. */
#include "dtls_server.h"

#include "context.h"

#include <stdlib.h>

struct library_state {
    struct server *server;
    skiff_context *context;
};

static void *prepare(struct server *server)
{
    struct library_state *state = calloc(1, sizeof *state);

    if (state == NULL)
        return NULL;
    state->server = server;
    if (load_context(server->options, server->me, NULL, LOAD_SERVER, &state->context)
        == SKIFF_OK)
        return state;
    free(state);
    return NULL;
}

static void discard(void *of)
{
    struct library_state *state = of;

    skiff_context_free(state->context);
    free(state);
}

static void *make(void *of, skiff_time now, struct dtls_server_end *end)
{
    struct library_state *state = of;
    skiff_dtls *dtls = NULL;

    if (skiff_dtls_new(state->context, SKIFF_ROLE_PASSIVE, now, &dtls) != SKIFF_OK)
        return NULL;
    skiff_dtls_set_user(dtls, end);
    if (skiff_dtls_expect(dtls, &state->server->client, 1) == SKIFF_OK)
        return dtls;
    skiff_dtls_free(dtls);
    return NULL;
}

static void unmake(void *handle)
{
    skiff_dtls_free(handle);
}

static void connect(struct dtls_server_end *end)
{
    skiff_srtp_keys keys;
    skiff_dtls_info info;

    skiff_dtls_get_info(end->handle, &info, sizeof info);
    if (skiff_dtls_srtp_keys(end->handle, &keys) != SKIFF_OK) {
        dtls_server_ended(end, "there are no SRTP keys");
        return;
    }
    skiff_srtp_keys_wipe(&keys);
    dtls_server_connected(end, info.version);
}

static void echo(struct dtls_server_end *end, skiff_time now, skiff_bytes message)
{
    skiff_packet *blank = dtls_server_packet(end);

    if (message.len < 12 || message.len > blank->limit)
        return;
    memcpy(blank->data, message.ptr, message.len);
    blank->len = (uint32_t)message.len;
    blank->data[11]++;
    if (skiff_dtls_send(end->handle, now, blank) == SKIFF_OK)
        dtls_server_send(end);
}

static void fail(struct dtls_server_end *end)
{
    skiff_failure failure;

    skiff_dtls_failure(end->handle, &failure, sizeof failure);
    dtls_server_ended(end, failure.what);
}

static void drain(struct dtls_server_end *end, skiff_time now)
{
    skiff_bytes bytes;

    while (end->handle != NULL)
        switch (skiff_dtls_poll(end->handle, now, dtls_server_packet(end), &bytes)) {
        case SKIFF_DTLS_SEND:
            dtls_server_send(end);
            break;
        case SKIFF_DTLS_CONNECTED:
            connect(end);
            break;
        case SKIFF_DTLS_DATA:
            echo(end, now, bytes);
            break;
        case SKIFF_DTLS_CLOSED:
            dtls_server_ended(end, NULL);
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

static void receive(struct dtls_server_end *end, skiff_time now, skiff_packet *packet)
{
    if (skiff_dtls_receive(end->handle, now, packet) == SKIFF_OK)
        drain(end, now);
}

static skiff_time deadline(const void *of)
{
    return skiff_context_deadline(((const struct library_state *)of)->context);
}

static void due(void *of, skiff_time now)
{
    struct library_state *state = of;
    skiff_dtls *dtls;

    while ((dtls = skiff_dtls_due(state->context, now)) != NULL)
        drain(skiff_dtls_user(dtls), now);
}

const struct engine engine_skiff = {
    prepare, discard, make, unmake, receive, deadline, due
};
