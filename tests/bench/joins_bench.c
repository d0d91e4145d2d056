/* joins_bench.c - 2,000 joins a second, whose ClientHellos are of two datagrams each, in a
 * network with jitter: how many of them take longer than a second.
 *
 * Time is virtual and goes in steps; the delay of each datagram comes from a seed, and
 * nothing is lost. The contexts have the default config except for handshake slots, of
 * which there are as many as joins need. Where libcrypto has no X25519MLKEM768, which makes
 * every hello so long, clients name a protocol, and a smaller MTU cuts what they say until
 * the server has answered. Prints lines of "name value".
 */
#include <skiff/dtls.h>

#include <stdio.h>
#include <stdlib.h>

enum {
    RATE = 2000,
    SECONDS = 10,
    JOINS = RATE * SECONDS,
    HANDSHAKE_SLOTS = 2048,
    DATAGRAM = 1500,
    MTU = 1200,
    SMALLEST_MTU = 228,
    RING = 1024 /* steps: more than the longest delay */
};

#define STEP     UINT64_C(100) /* microseconds */
#define BEGINS   SKIFF_MSEC(1000000)
#define ONE_SEC  SKIFF_MSEC(1000)
#define GIVES_UP SKIFF_MSEC(31000) /* after the last has begun */

enum { CLIENT, SERVER, ENDS };

struct join;

struct end {
    skiff_dtls *dtls;
    struct join *join;
    bool connected;
};

struct join {
    struct end ends[ENDS];
    skiff_time begun, elapsed; /* elapsed: 0 while it lasts */
};

/* A datagram on its way. */
struct flying {
    struct flying *next;
    struct end *to;
    uint32_t len;
    uint8_t bytes[DATAGRAM];
};

struct bench {
    skiff_context *contexts[ENDS];
    uint16_t hello_mtu; /* with which a hello is of two datagrams */
    skiff_time now, jitter;
    uint64_t chance;
    struct join *joins;
    size_t num_begun, num_done;
    struct flying *first[RING], *last[RING];
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "joins_bench: %s\n", what);
    exit(EXIT_FAILURE);
}

/* splitmix64: dealt the same in each run. */
static uint64_t dealt(struct bench *b, uint64_t limit)
{
    uint64_t z = b->chance += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % limit;
}

/* --- the network ---------------------------------------------------------------------- */

static void carry(struct bench *b, struct end *to, const skiff_packet *packet)
{
    skiff_time delay = dealt(b, b->jitter / STEP + 1);
    size_t at = (b->now / STEP + 1 + delay) % RING;
    struct flying *f = malloc(sizeof *f);

    must(f != NULL && packet->len <= DATAGRAM, "memory");
    *f = (struct flying){ .to = to, .len = packet->len };
    memcpy(f->bytes, packet->data, packet->len);
    *(b->last[at] != NULL ? &b->last[at]->next : &b->first[at]) = f;
    b->last[at] = f;
}

static void end_join(struct bench *b, struct join *join, skiff_time elapsed)
{
    b->num_done += join->elapsed == 0;
    join->elapsed = elapsed;
}

static void note(struct bench *b, struct end *end, skiff_dtls_event event)
{
    struct join *join = end->join;

    end->connected = end->connected || event == SKIFF_DTLS_CONNECTED;
    if (event == SKIFF_DTLS_FAILED)
        end_join(b, join, GIVES_UP);
    else if (join->elapsed == 0 && join->ends[CLIENT].connected
             && join->ends[SERVER].connected)
        end_join(b, join, b->now - join->begun);
}

static void poll_end(struct bench *b, struct end *end)
{
    uint8_t bytes[SKIFF_HEAD + DATAGRAM + SKIFF_TAIL];
    bool is_client = end == &end->join->ends[CLIENT];
    skiff_dtls_event event;
    skiff_bytes view;

    do {
        skiff_packet packet = { .data = bytes + SKIFF_HEAD,
                                .limit = DATAGRAM,
                                .head = SKIFF_HEAD };
        event = skiff_dtls_poll(end->dtls, b->now, &packet, &view);
        note(b, end, event);
        if (event == SKIFF_DTLS_SEND)
            carry(b, &end->join->ends[is_client ? SERVER : CLIENT], &packet);
    } while (event != SKIFF_DTLS_NOTHING);
}

static void deliver(struct bench *b)
{
    size_t at = b->now / STEP % RING;
    struct flying *f = b->first[at];

    b->first[at] = b->last[at] = NULL;
    while (f != NULL) {
        struct flying *next = f->next;
        skiff_packet packet = { .data = f->bytes, .len = f->len, .limit = DATAGRAM };
        must(skiff_dtls_set_mtu(f->to->dtls, MTU) == SKIFF_OK, "MTU");
        (void)!skiff_dtls_receive(f->to->dtls, b->now, &packet);
        poll_end(b, f->to);
        free(f);
        f = next;
    }
}

/* --- joins ---------------------------------------------------------------------------- */

static void begin_join(struct bench *b)
{
    struct join *join = &b->joins[b->num_begun++];

    join->begun = b->now;
    for (int i = 0; i < ENDS; i++) {
        struct end *end = &join->ends[i];
        end->join = join;
        must(skiff_dtls_new(b->contexts[i],
                            i == CLIENT ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE, b->now,
                            &end->dtls)
                     == SKIFF_OK
                 && skiff_dtls_set_trusted(end->dtls, true) == SKIFF_OK,
             "a join did not begin");
        skiff_dtls_set_user(end->dtls, end);
    }
    must(skiff_dtls_set_mtu(join->ends[CLIENT].dtls, b->hello_mtu) == SKIFF_OK, "MTU");
    poll_end(b, &join->ends[CLIENT]);
}

static void fire(struct bench *b)
{
    skiff_dtls *due;

    for (int i = 0; i < ENDS; i++)
        while ((due = skiff_dtls_due(b->contexts[i], b->now)) != NULL)
            poll_end(b, skiff_dtls_user(due));
}

static void run(struct bench *b)
{
    skiff_time last = BEGINS + SECONDS * ONE_SEC + GIVES_UP;

    for (b->now = BEGINS; b->num_done < JOINS && b->now < last; b->now += STEP) {
        while (b->num_begun < JOINS && b->now >= BEGINS + b->num_begun * ONE_SEC / RATE)
            begin_join(b);
        deliver(b);
        fire(b);
    }
}

/* Nothing of it may be for want of a slot. */
static void free_joins(struct bench *b)
{
    skiff_dtls_counters counters;

    for (size_t i = 0; i < ENDS * b->num_begun; i++) {
        skiff_dtls *dtls = b->joins[i / ENDS].ends[i % ENDS].dtls;
        skiff_dtls_get_counters(dtls, &counters, sizeof counters);
        must(counters.drop_no_slot == 0, "too few rooms");
        skiff_dtls_free(dtls);
    }
    for (b->now = 0; b->now < RING * STEP; b->now += STEP)
        for (struct flying *f = b->first[b->now / STEP], *next; f != NULL; f = next) {
            next = f->next;
            free(f);
        }
}

/* --- set-up --------------------------------------------------------------------------- */

static skiff_identity *make_identity(void)
{
    skiff_identity *identity = NULL;

    must(skiff_identity_generate(1700000000, 30, &identity) == SKIFF_OK, "identity");
    return identity;
}

static skiff_context *make_context(const skiff_identity *identity, const char *protocol)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_context *context = NULL;

    config.identity = identity;
    config.max_handshakes = HANDSHAKE_SLOTS;
    config.resend_jitter = 1; /* a seed, as of all else here */
    config.alpn = protocol != NULL ? &protocol : NULL;
    config.num_alpn = protocol != NULL;
    must(skiff_context_new(&config, &context) == SKIFF_OK, "context");
    return context;
}

/* How many datagrams the first flight of a client is. */
static unsigned hello_datagrams(skiff_context *context, uint16_t mtu)
{
    uint8_t bytes[SKIFF_HEAD + DATAGRAM + SKIFF_TAIL];
    skiff_dtls *dtls = NULL;
    skiff_dtls_event event;
    skiff_bytes view;
    unsigned num = 0;

    must(skiff_dtls_new(context, SKIFF_ROLE_ACTIVE, BEGINS, &dtls) == SKIFF_OK
             && skiff_dtls_set_mtu(dtls, mtu) == SKIFF_OK,
         "handle");
    do {
        skiff_packet packet = { .data = bytes + SKIFF_HEAD,
                                .limit = DATAGRAM,
                                .head = SKIFF_HEAD };
        event = skiff_dtls_poll(dtls, BEGINS, &packet, &view);
        num += event == SKIFF_DTLS_SEND;
    } while (event != SKIFF_DTLS_NOTHING);
    skiff_dtls_free(dtls);
    return num;
}

static void make_clients(struct bench *b, const skiff_identity *identity)
{
    static const char protocol[] =
        "a-protocol-whose-name-is-long-so-that-a-hello-is-longer-than-the-smallest-"
        "datagram-that-there-can-be-and-has-to-be-cut-into-two-of-them-wherever-there-is-"
        "no-group-to-make-it-so";

    b->hello_mtu = MTU;
    b->contexts[CLIENT] = make_context(identity, NULL);
    if (hello_datagrams(b->contexts[CLIENT], MTU) == 2)
        return;
    skiff_context_free(b->contexts[CLIENT]);
    b->contexts[CLIENT] = make_context(identity, protocol);
    while (hello_datagrams(b->contexts[CLIENT], b->hello_mtu) < 2)
        must(--b->hello_mtu >= SMALLEST_MTU, "no MTU makes two datagrams of a hello");
}

/* --- results -------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    skiff_time x = *(const skiff_time *)a, y = *(const skiff_time *)b;

    return (x > y) - (x < y);
}

/* Who never came took longer than any. */
static void report(const struct bench *b, unsigned jitter_ms)
{
    static skiff_time times[JOINS];
    size_t over = 0;

    for (size_t i = 0; i < JOINS; i++) {
        times[i] = b->joins[i].elapsed != 0 ? b->joins[i].elapsed : GIVES_UP;
        over += times[i] > ONE_SEC;
    }
    qsort(times, JOINS, sizeof *times, by_time);
    printf("joins_over_1s_%u %.5f\n", jitter_ms, (double)over / JOINS);
    printf("joins_p50_ms_%u %.1f\n", jitter_ms, (double)times[JOINS / 2] / 1000);
    printf("joins_p99_ms_%u %.1f\n", jitter_ms, (double)times[JOINS / 100 * 99] / 1000);
}

int main(void)
{
    static const unsigned jitters_ms[] = { 20, 50 };
    skiff_identity *identities[ENDS] = { make_identity(), make_identity() };

    for (size_t i = 0; i < sizeof jitters_ms / sizeof *jitters_ms; i++) {
        struct bench b = { .jitter = SKIFF_MSEC(jitters_ms[i]),
                           .chance = i + 1,
                           .joins = calloc(JOINS, sizeof *b.joins) };
        must(b.joins != NULL, "memory");
        make_clients(&b, identities[CLIENT]);
        b.contexts[SERVER] = make_context(identities[SERVER], NULL);
        run(&b);
        report(&b, jitters_ms[i]);
        free_joins(&b);
        for (int end = 0; end < ENDS; end++)
            skiff_context_free(b.contexts[end]);
        free(b.joins);
    }
    for (int end = 0; end < ENDS; end++)
        skiff_identity_free(identities[end]);
    return EXIT_SUCCESS;
}
