/* skiff_external.c - skiff as a program that handshake_bench asks for handshakes, as it
 * asks libraries of other languages: so a skiff on another libcrypto is measured in the
 * same run. For each line with a number it does so many handshakes, and prints the
 * microseconds of CPU time that they took. */
#define _POSIX_C_SOURCE 200809L
#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
    const char *name;
    enum key_share share;
} groups[] = {
    { "x25519", SHARE_X25519 },
    { "p256", SHARE_P256 },
    { "x25519mlkem768", SHARE_HYBRID },
};

enum { NUM_GROUPS = sizeof groups / sizeof *groups };

static double now_micros(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Until there are no more lines. */
static bool shake(struct pair_setup *setup)
{
    size_t num, turn = 0;
    bool ok = true;

    while (ok && scanf("%zu", &num) == 1) {
        double begun = now_micros();
        for (size_t end = turn + num; ok && turn < end; turn++)
            ok = pair_run(setup, turn);
        printf("%.1f\n", now_micros() - begun);
        ok = fflush(stdout) == 0 && ok;
    }
    return ok;
}

int main(int argc, char **argv)
{
    size_t i = 0;

    while (argc == 4 && i < NUM_GROUPS && strcmp(argv[3], groups[i].name) != 0)
        i++;
    if (argc != 4 || strcmp(argv[1], "shake") != 0 || i == NUM_GROUPS) {
        fprintf(stderr, "usage: skiff_external shake VERSION GROUP\n");
        return 2;
    }

    struct pair_setup setup;
    const struct library *library =
        strcmp(argv[2], "1.3") == 0 ? &library_skiff13 : &library_skiff;
    if (!pair_setup_open(&setup, library, groups[i].share))
        return EXIT_FAILURE;
    bool ok = shake(&setup);
    pair_setup_close(&setup);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
