/* process.c - what a process needs. */
#define _GNU_SOURCE
#include "process.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 1024, NANOSECONDS = 1000000000 };

uint64_t process_cpu(int pid)
{
    char path[64], line[LINE] = "";
    unsigned long user = 0, kernel = 0;

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = '\0';
    fclose(file);
    /* The command, in parentheses, may have any character in it. */
    const char *rest = strrchr(line, ')');
    if (rest == NULL
        || sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                  &kernel)
               != 2)
        return 0;
    return (uint64_t)(user + kernel) * NANOSECONDS / (uint64_t)sysconf(_SC_CLK_TCK);
}

uint64_t process_own_cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * NANOSECONDS + (uint64_t)t.tv_nsec;
}

uint64_t process_memory(int pid)
{
    char path[64];
    unsigned long pages = 0;

    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t process_mallocs(const char *path)
{
    uint64_t count = 0;
    FILE *file = path != NULL ? fopen(path, "re") : NULL;

    if (file == NULL)
        return 0;
    if (fread(&count, sizeof count, 1, file) != 1)
        count = 0;
    fclose(file);
    return count;
}
