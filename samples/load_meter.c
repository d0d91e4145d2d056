/* load_meter.c - what a process costs, and the floor that this is compared with. */
#define _GNU_SOURCE
#include "load_meter.h"

#include "floor.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

uint64_t meter_cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

uint64_t meter_heap(void)
{
    return 0;                                   /* malloc is another one */
}

#else

uint64_t meter_heap(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

#endif

uint64_t meter_rss(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t meter_available(void)
{
    char line[128];
    unsigned long kilobytes = 0;
    FILE *file = fopen("/proc/meminfo", "re");

    while (file != NULL && fgets(line, sizeof line, file) != NULL
           && sscanf(line, "MemAvailable: %lu", &kilobytes) != 1)
        continue;
    if (file != NULL)
        fclose(file);
    return (uint64_t)kilobytes * 1024;
}

/* --- the floor --------------------------------------------------------------------- */

enum { YARD_SETS = 2 };

struct yard {
    struct floor *floor;
    uint64_t      spent;                        /* on all sets */
    uint64_t      num, took;                    /* those that count, and what they took */
};

static bool run_set(struct yard *yard, uint64_t *took)
{
    uint64_t before = meter_cpu();

    for (int op = 0; op < FLOOR_OPS; op++)
        if (!floor_run(yard->floor, (enum floor_op)op))
            return false;
    *took = meter_cpu() - before;
    return true;
}

bool yard_measure(struct yard *yard)
{
    uint64_t before = meter_cpu(), took = 0;
    bool ok = run_set(yard, &took);             /* warms what others have cooled */

    for (int i = 0; ok && i < YARD_SETS; i++) {
        ok = run_set(yard, &took);
        yard->took += took;
        yard->num++;
    }
    yard->spent += meter_cpu() - before;
    return ok;
}

struct yard *yard_new(void)
{
    struct yard *yard = calloc(1, sizeof *yard);

    if (yard == NULL)
        return NULL;
    yard->floor = floor_new(SHARE_X25519);
    if (yard->floor != NULL && yard_measure(yard)) {
        yard->num = yard->took = 0;             /* those were the first of all */
        return yard;
    }
    yard_free(yard);
    return NULL;
}

void yard_free(struct yard *yard)
{
    if (yard == NULL)
        return;
    floor_free(yard->floor);
    free(yard);
}

uint64_t yard_floor(const struct yard *yard)
{
    return yard->num > 0 ? yard->took / yard->num : 0;
}

uint64_t yard_spent(const struct yard *yard)
{
    return yard->spent;
}
