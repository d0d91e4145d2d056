/* answer.c - fuzzes the check of first datagrams: chunks are first datagrams, each from one
 * of a few addresses. */
#include <stdlib.h>

#include <skiff/dtls.h>

#include "chunks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ADDRESSES = 32, LONGEST = 48 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static skiff_context *make_context(void)
{
    static skiff_identity *identity;
    skiff_context_config config = skiff_context_defaults();
    skiff_context *context = NULL;

    if (identity == NULL)
        must(skiff_identity_generate(1700000000, 30, &identity) == SKIFF_OK);
    config.identity = identity;
    config.max_handshakes = 1;
    must(skiff_context_new(&config, &context) == SKIFF_OK);
    return context;
}

/* Who was let in gets a handle and the datagram. */
static void accept_hello(skiff_context *context, skiff_time now, skiff_bytes datagram)
{
    uint8_t *block = malloc(datagram.len + 1);
    skiff_packet packet = { .data = block,
                            .len = (uint32_t)datagram.len,
                            .limit = (uint32_t)datagram.len };
    skiff_dtls *dtls = NULL;

    must(block != NULL);
    memcpy(block, datagram.ptr, datagram.len);
    must(skiff_dtls_new(context, SKIFF_ROLE_PASSIVE, now, &dtls) == SKIFF_OK);
    (void)!skiff_dtls_receive(dtls, now, &packet);
    skiff_dtls_free(dtls);
    free(block);
}

static void send_first_hello(skiff_context *context, skiff_time now,
                             const struct chunk *chunk, size_t *arrived)
{
    uint8_t space[LONGEST + SKIFF_TAIL];
    skiff_packet reply = { .data = space, .limit = LONGEST };
    uint8_t address = chunk->waited % ADDRESSES;

    arrived[address] += chunk->bytes.len;
    switch (skiff_context_check_hello(context, now, (skiff_bytes){ &address, 1 },
                                      chunk->bytes, &reply)) {
    case SKIFF_HELLO_IGNORE:
        return;
    case SKIFF_HELLO_REPLY:
        must(reply.len <= LONGEST && reply.len <= arrived[address]);
        arrived[address] -= reply.len; /* never more goes out than came in */
        return;
    case SKIFF_HELLO_ACCEPT:
        accept_hello(context, now, chunk->bytes);
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    skiff_context *context = make_context();
    size_t arrived[ADDRESSES] = { 0 };
    skiff_time now = SKIFF_MSEC(1000);
    skiff_bytes left = { data, size };
    struct chunk chunk;

    while (next_chunk(&left, &chunk)) {
        now += chunk_time(&chunk);
        send_first_hello(context, now, &chunk, arrived);
    }
    skiff_context_free(context);
    return 0;
}
