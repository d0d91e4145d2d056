/* arrivals.c - what one watcher has received, and what all of them have. */
#include "arrivals.h"

void arrivals_count(struct arrivals *arrivals, struct watcher *watcher, uint64_t number,
                    skiff_time delay)
{
    uint64_t step = delay / DELAY_STEP_US;
    bool is_new = number >= watcher->next;

    if (is_new)
        watcher->next = number + 1;
    if (number < arrivals->first || number >= arrivals->last)
        return;
    arrivals->received += is_new;
    arrivals->late += !is_new;
    arrivals->delays[step < DELAY_STEPS ? step : DELAY_STEPS - 1]++;
}

double arrivals_delay(const struct arrivals *arrivals, double part)
{
    double wanted = part * (double)(arrivals->received + arrivals->late), sum = 0;
    size_t step = 0;

    while (step < DELAY_STEPS && sum < wanted)
        sum += arrivals->delays[step++];
    return (double)step * DELAY_STEP_US;
}
