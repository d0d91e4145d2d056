/* story.c - a handshake of which a flight is lost, told on the simulated world: writes its
 * trace into a file, and prints what was lost, as it was seen on the wire.
 *
 *     ladder-story 1.2|1.3 END FIRST NUM FILE [cookie]
 *
 * loses NUM datagrams of END (client or server) from number FIRST on. A line for each
 * record in them: "client 0 1", by epoch and number, or "client sealed" where both are
 * encrypted. With "cookie" the server's context judges each hello until it accepts one.
 */
#include "../samples/common/trace_file.h"
#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>

/* RFC 9147 section 4: the plaintext header, and the fixed bits of the unified one. */
enum {
    HEADER = 13,
    EPOCH = 3,
    NUMBER = 5,
    LENGTH = 11,
    UNIFIED = 0x20,
    UNIFIED_MASK = 0xe0
};
enum { UNIFIED_HAS_LENGTH = 4, UNIFIED_LONG_NUMBER = 8 };

struct losses {
    int from;
    unsigned first, num;
    bool cookie; /* the server has accepted no hello yet */
};

static const char *const ends[] = { [WORLD_CLIENT] = "client", [WORLD_SERVER] = "server" };

static uint64_t number_at(const uint8_t *bytes, size_t len)
{
    uint64_t number = 0;

    while (len-- > 0)
        number = number << 8 | *bytes++;
    return number;
}

/* How long the record is; there are no connection ids. */
static size_t print_record(const char *end, const uint8_t *bytes, size_t len)
{
    if ((bytes[0] & UNIFIED_MASK) != UNIFIED) {
        printf("%s %llu %llu\n", end, (unsigned long long)number_at(bytes + EPOCH, 2),
               (unsigned long long)number_at(bytes + NUMBER, 6));
        return HEADER + number_at(bytes + LENGTH, 2);
    }
    size_t at = (bytes[0] & UNIFIED_LONG_NUMBER) != 0 ? 3 : 2;
    printf("%s sealed\n", end);
    return (bytes[0] & UNIFIED_HAS_LENGTH) != 0 ? at + 2 + number_at(bytes + at, 2) : len;
}

/* A hello without a cookie comes to no handle: the context replies. */
static void judge(struct world *world, struct losses *losses, struct world_datagram *d)
{
    static const uint8_t client[] = "client";
    uint8_t bytes[WORLD_DATAGRAM];
    skiff_packet reply = { .data = bytes, .limit = sizeof bytes };
    skiff_hello_verdict verdict = skiff_context_check_hello(
        world->config.context[WORLD_SERVER], world->now,
        (skiff_bytes){ client, sizeof client }, (skiff_bytes){ d->bytes, d->len }, &reply);

    losses->cookie = verdict != SKIFF_HELLO_ACCEPT;
    if (losses->cookie)
        d->copies = 0;
    if (verdict == SKIFF_HELLO_REPLY)
        world_carry(world, WORLD_SERVER, reply.data, reply.len);
}

static void lose(struct world *world, struct world_datagram *d)
{
    struct losses *losses = world->config.user;

    if (losses->cookie && d->from == WORLD_CLIENT)
        judge(world, losses, d);
    if (d->from != losses->from || d->number < losses->first
        || d->number >= losses->first + losses->num)
        return;
    d->copies = 0;
    for (size_t at = 0; at < d->len;)
        at += print_record(ends[d->from], d->bytes + at, d->len - at);
}

static skiff_context *context(int end, struct trace_file *trace)
{
    skiff_context_config config = skiff_context_defaults();

    config.max_handshakes = 4;
    config.mtu = 600; /* a flight of several datagrams */
    config.trace = trace_file_write;
    config.user = trace;
    return world_context(end, &config);
}

/* Whether both are connected in the end. */
static bool play(struct losses *losses, FILE *file)
{
    static struct world world;
    struct trace_file traces[2];
    struct world_config config = {
        .seed = 1, .delay = SKIFF_MSEC(10), .meddler = lose, .user = losses
    };

    for (int end = 0; end < 2; end++) {
        traces[end] = (struct trace_file){ file, ends[end] };
        config.context[end] = context(end, &traces[end]);
    }
    world_begin(&world, &config);
    world_run(&world, SKIFF_MSEC(20000));
    bool connected = world_both_connected(&world);
    world_pass(&world, SKIFF_MSEC(500));
    world_end(&world);
    for (int end = 0; end < 2; end++)
        skiff_context_free(config.context[end]);
    return connected;
}

int main(int argc, char **argv)
{
    if (argc < 6 || argc > 7)
        return EXIT_FAILURE;
    struct losses losses = { .from = strcmp(argv[2], "client") != 0,
                             .first = (unsigned)strtoul(argv[3], NULL, 10),
                             .num = (unsigned)strtoul(argv[4], NULL, 10),
                             .cookie = argc == 7 };
    FILE *file = trace_file_open(argv[5]);

    if (file == NULL)
        return EXIT_FAILURE;
    if (strcmp(argv[1], "1.3") == 0)
        world_use_13();
    else
        world_use_12();
    bool connected = play(&losses, file);
    return fclose(file) == 0 && connected ? EXIT_SUCCESS : EXIT_FAILURE;
}
