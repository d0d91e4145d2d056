/* hellos.c - first ClientHellos that come in several datagrams. */
#include "dtls/hellos.h"

/* The rest of a hello follows in less, unless it was lost. */
#define HELLO_FRESH SKIFF_MSEC(100)

static struct half_hello *find(struct hellos *hellos, const struct hello_key *key)
{
    for (int i = 0; i < HELLOS; i++)
        if (hellos->halves[i].join.begun
            && memcmp(hellos->halves[i].key.bytes, key->bytes, HELLO_KEY) == 0)
            return &hellos->halves[i];
    return NULL;
}

/* Whoever could foresee it would gain nothing. */
static struct half_hello *any_of(struct hellos *hellos)
{
    hellos->chance = hellos->chance * UINT64_C(6364136223846793005) + 1;
    return &hellos->halves[(hellos->chance >> 32) % HELLOS];
}

static struct half_hello *place_for_one(struct hellos *hellos, skiff_time now)
{
    struct half_hello *oldest = &hellos->halves[0];

    for (int i = 0; i < HELLOS; i++) {
        struct half_hello *half = &hellos->halves[i];
        if (!half->join.begun)
            return half;
        if (half->since < oldest->since)
            oldest = half;
    }
    bool stale = now > oldest->since && now - oldest->since >= HELLO_FRESH;
    return stale ? oldest : any_of(hellos);
}

/* A part of another hello from there: its client began anew, or one of both is forged. The
 * newest counts, so that what was forged once does not stand in the way for ever. */
static bool is_another(const struct half_hello *half, const struct fragment *fragment)
{
    return !join_agrees(&half->join, fragment) || join_contradicts(&half->join, fragment);
}

struct half_hello *hello_add(struct hellos *hellos, skiff_time now,
                             const struct hello_key *key, const struct fragment *fragment)
{
    struct half_hello *half = find(hellos, key);

    if (fragment->header.length > HELLO_MAX)
        return NULL;
    if (half == NULL || is_another(half, fragment)) {
        if (half == NULL)
            half = place_for_one(hellos, now);
        hello_void(hellos, half);
        half->key = *key;
        half->since = now;
        join_begin(&half->join, fragment, half->room);
    }
    join_add(&half->join, fragment);
    return join_is_whole(&half->join) ? half : NULL;
}

struct half_hello *hello_accepted(struct hellos *hellos, const struct fragment *fragment)
{
    const struct handshake_header *h = &fragment->header;
    struct half_hello *half = hellos->accepted;

    if (half == NULL || !join_agrees(&half->join, fragment)
        || memcmp(half->join.body + h->fragment_offset, fragment->bytes, h->fragment_length)
               != 0)
        return NULL;
    return half;
}

void hello_void(struct hellos *hellos, struct half_hello *half)
{
    if (hellos->accepted == half)
        hellos->accepted = NULL;
    half->join = (struct join){ 0 };
}
