/* queue.h - a queue whose links lie in the queued objects themselves. Allocates nothing. */
#ifndef SKF_QUEUE_H
#define SKF_QUEUE_H

#include <stddef.h>
#include <stdint.h>

/* The link of one object, which is in one queue at most. Zeros, except for the data. */
struct link {
    void *data; /* the object: its owner sets this once */
    struct link *next, *prev;
};

/* Zeros are an empty queue. */
struct queue {
    struct link *head, *tail;
    uint32_t length;
};

/* A link that is in no queue. */
static inline void queue_push(struct queue *queue, struct link *link)
{
    link->prev = queue->tail;
    link->next = NULL;
    if (queue->tail != NULL)
        queue->tail->next = link;
    else
        queue->head = link;
    queue->tail = link;
    queue->length++;
}

/* A link that is in this queue. */
static inline void queue_unlink(struct queue *queue, struct link *link)
{
    *(link->prev != NULL ? &link->prev->next : &queue->head) = link->next;
    *(link->next != NULL ? &link->next->prev : &queue->tail) = link->prev;
    link->next = link->prev = NULL;
    queue->length--;
}

#endif
