/* complain.h - complaints. */
#ifndef LOAD_COMPLAIN_H
#define LOAD_COMPLAIN_H

#include <stdbool.h>
#include <stdio.h>

/* Says on stderr what is wrong, and is false. */
static inline bool complain(const char *what, const char *why)
{
    fprintf(stderr, "skiff-load: %s: %s\n", what, why);
    return false;
}

#endif
