/* partial_hellos.c - first ClientHellos that come in several datagrams. */
#include "association/partial_hellos.h"

/* The rest of a hello follows in less, unless it was lost. */
#define HELLO_FRESH SKIFF_MSEC(100)

static struct partial_hello *find(struct partial_hellos *partial_hellos,
                                  const struct address_digest *sender)
{
    for (int i = 0; i < PARTIAL_HELLOS; i++)
        if (partial_hellos->entries[i].reassembly.begun
            && memcmp(partial_hellos->entries[i].sender.bytes, sender->bytes,
                      ADDRESS_DIGEST)
                   == 0)
            return &partial_hellos->entries[i];
    return NULL;
}

/* Whoever could foresee it would gain nothing. */
static struct partial_hello *random_entry(struct partial_hellos *partial_hellos)
{
    partial_hellos->random_state =
        partial_hellos->random_state * UINT64_C(6364136223846793005) + 1;
    return &partial_hellos->entries[(partial_hellos->random_state >> 32) % PARTIAL_HELLOS];
}

static struct partial_hello *free_entry(struct partial_hellos *partial_hellos,
                                        skiff_time now)
{
    struct partial_hello *oldest = &partial_hellos->entries[0];

    for (int i = 0; i < PARTIAL_HELLOS; i++) {
        struct partial_hello *partial = &partial_hellos->entries[i];
        if (!partial->reassembly.begun)
            return partial;
        if (partial->since < oldest->since)
            oldest = partial;
    }
    bool stale = now > oldest->since && now - oldest->since >= HELLO_FRESH;
    return stale ? oldest : random_entry(partial_hellos);
}

/* A part of another hello from there: its client began anew, or one of both is forged. The
 * newest counts, so that what was forged once does not stand in the way for ever. */
static bool is_another(const struct partial_hello *partial, const struct fragment *fragment)
{
    return !reassembly_agrees(&partial->reassembly, fragment)
        || skf_reassembly_contradicts(&partial->reassembly, fragment);
}

struct partial_hello *skf_partial_hello_add(struct partial_hellos *partial_hellos,
                                            skiff_time now,
                                            const struct address_digest *sender,
                                            const struct fragment *fragment)
{
    struct partial_hello *partial = find(partial_hellos, sender);

    if (fragment->header.length > HELLO_MAX)
        return NULL;
    if (partial == NULL || is_another(partial, fragment)) {
        if (partial == NULL)
            partial = free_entry(partial_hellos, now);
        skf_partial_hello_drop(partial_hellos, partial);
        partial->sender = *sender;
        partial->since = now;
        skf_reassembly_begin(&partial->reassembly, fragment, partial->buffer);
    }
    skf_reassembly_add(&partial->reassembly, fragment);
    return reassembly_is_whole(&partial->reassembly) ? partial : NULL;
}

struct partial_hello *skf_partial_hello_accepted(struct partial_hellos *partial_hellos,
                                                 const struct fragment *fragment)
{
    const struct handshake_header *h = &fragment->header;
    struct partial_hello *partial = partial_hellos->accepted;

    if (partial == NULL || !reassembly_agrees(&partial->reassembly, fragment)
        || memcmp(partial->reassembly.body + h->fragment_offset, fragment->bytes,
                  h->fragment_length)
               != 0)
        return NULL;
    return partial;
}

void skf_partial_hello_drop(struct partial_hellos *partial_hellos,
                            struct partial_hello *partial)
{
    if (partial_hellos->accepted == partial)
        partial_hellos->accepted = NULL;
    partial->reassembly = (struct reassembly){ 0 };
}
