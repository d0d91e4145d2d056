/* failure.h - why an association ended. Static text; the first reason wins. */
#ifndef SKF_FAILURE_H
#define SKF_FAILURE_H

#include <skiff/base.h>

/* Writes `why` into an empty failure; into another it writes nothing. */
void skf_failure_set(skiff_failure *failure, skiff_failure why);

static inline bool has_failed(const skiff_failure *failure)
{
    return failure->status != SKIFF_OK;
}

#endif
