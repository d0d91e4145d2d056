/* time.c - differences of times that the caller has measured. Reads no clock. */
#include <skiff/base.h>

#include <limits.h>

int skiff_wait_ms(skiff_time deadline, skiff_time now)
{
    if (deadline == SKIFF_NEVER)
        return -1;
    if (deadline <= now)
        return 0;

    skiff_time remaining = deadline - now, whole = remaining / SKIFF_MSEC(1);
    if (whole >= INT_MAX)
        return INT_MAX;
    return (int)whole + (remaining % SKIFF_MSEC(1) != 0 ? 1 : 0);
}
