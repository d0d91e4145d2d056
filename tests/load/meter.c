/* meter.c - what a process costs, and the floor that this is compared with. */
#define _GNU_SOURCE
#include "meter.h"

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
    return 0; /* malloc is another one */
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

enum { FLOOR_METER_SETS = 2 };

struct floor_meter {
    struct floor *floor;
    uint64_t cpu_spent;     /* on all sets */
    uint64_t num, cpu_used; /* those that count, and what they took */
};

static bool run_set(struct floor_meter *floor_meter, uint64_t *elapsed)
{
    uint64_t before = meter_cpu();

    for (int op = 0; op < FLOOR_OPS; op++)
        if (!floor_run(floor_meter->floor, (enum floor_op)op))
            return false;
    *elapsed = meter_cpu() - before;
    return true;
}

bool floor_meter_measure(struct floor_meter *floor_meter)
{
    uint64_t before = meter_cpu(), elapsed = 0;
    bool ok = run_set(floor_meter, &elapsed); /* warms what others have cooled */

    for (int i = 0; ok && i < FLOOR_METER_SETS; i++) {
        ok = run_set(floor_meter, &elapsed);
        floor_meter->cpu_used += elapsed;
        floor_meter->num++;
    }
    floor_meter->cpu_spent += meter_cpu() - before;
    return ok;
}

struct floor_meter *floor_meter_new(void)
{
    struct floor_meter *floor_meter = calloc(1, sizeof *floor_meter);

    if (floor_meter == NULL)
        return NULL;
    floor_meter->floor = floor_new(SHARE_X25519);
    if (floor_meter->floor != NULL && floor_meter_measure(floor_meter)) {
        floor_meter->num = floor_meter->cpu_used = 0; /* those were the first of all */
        return floor_meter;
    }
    floor_meter_free(floor_meter);
    return NULL;
}

void floor_meter_free(struct floor_meter *floor_meter)
{
    if (floor_meter == NULL)
        return;
    floor_free(floor_meter->floor);
    free(floor_meter);
}

uint64_t floor_meter_floor(const struct floor_meter *floor_meter)
{
    return floor_meter->num > 0 ? floor_meter->cpu_used / floor_meter->num : 0;
}

uint64_t floor_meter_spent(const struct floor_meter *floor_meter)
{
    return floor_meter->cpu_spent;
}
