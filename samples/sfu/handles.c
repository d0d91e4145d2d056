/* handles.c - a table of pointers: open addressing with linear probing. At most
 * half of the places are in use. */
#include "handles.h"

#include <stdint.h>
#include <stdlib.h>

static size_t home_of(const struct handles *handles, const void *handle)
{
    /* Of what malloc returns, the lowest bits are equal. */
    return (size_t)(((uintptr_t)handle >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 32)
         & handles->mask;
}

static size_t slot_of(const struct handles *handles, const void *handle)
{
    size_t at = home_of(handles, handle);

    while (handles->places[at].handle != NULL && handles->places[at].handle != handle)
        at = (at + 1) & handles->mask;
    return at;
}

bool handles_init(struct handles *handles, size_t max)
{
    size_t num = 2;

    while (num < 2 * max)
        num *= 2;
    *handles = (struct handles){ calloc(num, sizeof *handles->places), 0, num - 1 };
    return handles->places != NULL;
}

void handles_free(struct handles *handles)
{
    free(handles->places);
    *handles = (struct handles){ 0 };
}

bool handles_add(struct handles *handles, const void *handle, void *owner)
{
    struct handle_place *place = &handles->places[slot_of(handles, handle)];

    if (place->handle == NULL) {
        if (handles->num > handles->mask / 2)
            return false;
        handles->num++;
    }
    *place = (struct handle_place){ handle, owner };
    return true;
}

/* What follows moves back, so that no walk ends too early. */
static void close_gap(struct handles *handles, size_t gap)
{
    for (size_t at = (gap + 1) & handles->mask; handles->places[at].handle != NULL;
         at = (at + 1) & handles->mask) {
        const size_t home = home_of(handles, handles->places[at].handle);
        if (((at - home) & handles->mask) < ((at - gap) & handles->mask))
            continue;
        handles->places[gap] = handles->places[at];
        gap = at;
    }
    handles->places[gap] = (struct handle_place){ 0 };
}

void handles_remove(struct handles *handles, const void *handle)
{
    const size_t at = slot_of(handles, handle);

    if (handles->places[at].handle == NULL)
        return;
    handles->num--;
    close_gap(handles, at);
}

void *handles_find(const struct handles *handles, const void *handle)
{
    return handles->places[slot_of(handles, handle)].owner;
}
