/* complain.h - one line for what went wrong. */
#ifndef SFU_LOAD_COMPLAIN_H
#define SFU_LOAD_COMPLAIN_H

#include <stdbool.h>
#include <stdio.h>

/* False, for the caller to return. */
static inline bool complain(const char *what, const char *why)
{
    fprintf(stderr, "skiff-sfu-load: %s: %s\n", what, why);
    return false;
}

#endif
