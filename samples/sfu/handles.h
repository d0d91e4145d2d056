/* handles.h - which session a handle of skiff belongs to: a table of pointers,
 * of a fixed size. Knows neither what a handle is, nor what a session is. */
#ifndef SAMPLES_SFU_HANDLES_H
#define SAMPLES_SFU_HANDLES_H

#include <stdbool.h>
#include <stddef.h>

struct handle_place {
    const void *handle; /* NULL: free */
    void *owner;
};

struct handles {
    struct handle_place *places;
    size_t num, mask; /* of places that are a power of two */
};

/* Makes a table for `max` handles. False: no memory. */
bool handles_init(struct handles *handles, size_t max);
void handles_free(struct handles *handles);

/* False: the table is full. */
bool handles_add(struct handles *handles, const void *handle, void *owner);
void handles_remove(struct handles *handles, const void *handle);

/* NULL: the handle is not known. */
void *handles_find(const struct handles *handles, const void *handle);

#endif
