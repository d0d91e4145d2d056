/* hellos.c - first ClientHellos that come in several datagrams. */
#include "dtls/hellos.h"

static struct half_hello *find(struct hellos *hellos, const struct hello_key *key)
{
    for (int i = 0; i < HELLOS; i++)
        if (hellos->halves[i].order != 0
            && memcmp(hellos->halves[i].key.bytes, key->bytes, HELLO_KEY) == 0)
            return &hellos->halves[i];
    return NULL;
}

static struct half_hello *oldest(struct hellos *hellos)
{
    struct half_hello *found = &hellos->halves[0];

    for (int i = 1; i < HELLOS; i++)
        if (hellos->halves[i].order < found->order)
            found = &hellos->halves[i];
    return found;
}

struct half_hello *hello_add(struct hellos *hellos, const struct hello_key *key,
                             const struct fragment *fragment)
{
    struct half_hello *half = find(hellos, key);

    if (fragment->header.length > HELLO_MAX)
        return NULL;
    if (half == NULL)
        half = oldest(hellos);
    if (half->order == 0 || memcmp(half->key.bytes, key->bytes, HELLO_KEY) != 0
        || !join_agrees(&half->join, fragment)) {
        hello_void(hellos, half);
        half->key = *key;
        half->order = ++hellos->count;
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
    half->order = 0;
    half->join = (struct join){ 0 };
}

void hello_forget(struct hellos *hellos, const struct hello_key *key)
{
    struct half_hello *half = find(hellos, key);

    if (half != NULL)
        hello_void(hellos, half);
}
