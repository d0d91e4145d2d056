/* heap_bench.c - mallocs and datagrams of a handshake, heap of an established association.
 *
 * Counts every library of the process. Memory is as the heap rounds it, and belongs to the
 * side in whose calls it was taken. What an association holds is the slope between FEW and
 * MANY of them, so that whatever grows with them counts: contexts and pools too. Prints
 * lines of "name value".
 */
#include <stdio.h>
#include <stdlib.h>

#include "count.h"
#include "pair.h"

enum { MAX_OF_RANK = 1000, MANY = 10000 };

/* What the calls into each side took from the heap. */
struct tally {
    struct count last;
    uint64_t allocs[ENDS];
    int64_t live[ENDS];
};

static void touched(void *user, int side)
{
    struct tally *tally = user;
    struct count now = count_now();

    tally->allocs[side] += now.allocs - tally->last.allocs;
    tally->live[side] += now.live - tally->last.live;
    tally->last = now;
}

static uint64_t both(const uint64_t of[ENDS])
{
    return of[CLIENT_END] + of[SERVER_END];
}

static uint64_t acquired(const struct pair_setup *setup)
{
    return setup->library->acquired != NULL ? setup->library->acquired(setup->state) : 0;
}

/* --- one handshake -------------------------------------------------------------------- */

/* All of CERTIFICATES handshakes together. */
struct sums {
    uint64_t allocs;           /* of all libraries, from new to free */
    uint64_t acquired;         /* of them by the library's own code */
    uint64_t acquired_shaking; /* of these from new's return to the keys */
    uint64_t datagrams;
};

static bool add_handshake(struct pair_setup *setup, size_t turn, struct sums *sums)
{
    struct pair pair = { 0 };
    struct tally tally = { .last = count_now() };
    struct watch watch = { touched, &tally };
    uint64_t at_first = acquired(setup);

    setup->watch = &watch;
    bool ok = pair_open(setup, turn, &pair);
    uint64_t at_new = acquired(setup);
    ok = ok && pair_shake(setup, &pair);
    sums->acquired_shaking += acquired(setup) - at_new;
    sums->datagrams += setup->wire.to[CLIENT_END].put + setup->wire.to[SERVER_END].put;
    pair_close(setup, &pair);
    sums->acquired += acquired(setup) - at_first;
    sums->allocs += both(tally.allocs);
    return ok;
}

static void print_mean(const char *name, const char *what, uint64_t sum)
{
    printf("%s_%s %.1f\n", name, what, (double)sum / CERTIFICATES);
}

static bool count_handshakes(struct pair_setup *setup, const char *name)
{
    struct sums sums = { 0 };
    bool ok = true;

    for (size_t turn = 0; ok && turn < CERTIFICATES; turn++)
        ok = pair_run(setup, turn); /* tables built at first use are no cost */
    for (size_t turn = 0; ok && turn < CERTIFICATES; turn++)
        ok = add_handshake(setup, turn, &sums);
    if (!ok)
        return false;
    print_mean(name, "datagrams", sums.datagrams);
    if (setup->library->acquired != NULL) {
        print_mean(name, "mallocs_skiff", sums.acquired_shaking);
        print_mean(name, "mallocs_libcrypto", sums.allocs - sums.acquired);
    } else {
        print_mean(name, "mallocs", sums.allocs);
    }
    return true;
}

/* --- many associations ---------------------------------------------------------------- */

static bool hold(struct pair_setup *setup, struct pair *pairs, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (!pair_open(setup, i, &pairs[i]) || !pair_shake(setup, &pairs[i]))
            return false;
    return true;
}

static bool weigh(struct pair_setup *setup, const char *name, struct pair *pairs)
{
    struct tally few, many = { .last = count_now() };
    struct watch watch = { touched, &many };
    int64_t grown[ENDS];

    setup->watch = &watch;
    bool ok = hold(setup, pairs, 0, MAX_OF_RANK);
    few = many;
    ok = ok && hold(setup, pairs, MAX_OF_RANK, MANY);
    for (int side = 0; side < ENDS; side++)
        grown[side] = (many.live[side] - few.live[side]) / (MANY - MAX_OF_RANK);
    for (size_t i = 0; i < MANY; i++)
        pair_close(setup, &pairs[i]);
    if (ok)
        printf("%s_heap_bytes %lld\n", name,
               (long long)(grown[CLIENT_END] > grown[SERVER_END] ? grown[CLIENT_END]
                                                                 : grown[SERVER_END]));
    return ok;
}

/* ------------------------------------------------------------------------------------- */

static const struct {
    const struct library *peer;
    const char *handshake, *heap; /* how the names of its values begin */
} subjects[] = {
    { &library_skiff, "handshake12", "dtls12" },
    { &library_skiff13, "handshake13", "dtls13" },
    { &library_libssl, "libssl12", "libssl" },
    { &library_libssl_lean, "libssl12_lean", "libssl_lean" },
    { &library_gnutls, "gnutls12", "gnutls" },
};

static bool measure(size_t subject)
{
    static struct pair_setup setup;
    struct pair *pairs = calloc(MANY, sizeof *pairs);
    bool ok = pairs != NULL && pair_setup_open(&setup, subjects[subject].peer, SHARE_X25519)
           && count_handshakes(&setup, subjects[subject].handshake)
           && weigh(&setup, subjects[subject].heap, pairs);

    pair_setup_close(&setup);
    free(pairs);
    if (!ok)
        fprintf(stderr, "heap_bench: %s failed\n", subjects[subject].peer->name);
    return ok;
}

int main(void)
{
    if (!count_works()) {
        fprintf(stderr, "heap_bench: something else stands before malloc\n");
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        if (!measure(i))
            return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
