/* tickets.h - stories of two ends that give and take tickets. */
#ifndef TEST_TICKETS_H
#define TEST_TICKETS_H

#include "association/association_state.h"
#include "association/context.h"
#include "handshake/ticket_store.h"
#include "story.h"

struct ticket {
    size_t len;
    uint8_t bytes[WORLD_DATAGRAM];
};

/* As story_prepare, with tickets on, and the same key whenever contexts are made again. */
void tickets_prepare(struct story *story);

/* The ticket that the client reported last; the test ends when there is none. */
struct ticket tickets_last_reported(const struct story *story);

/* Begins a story that was prepared and lets it come to its ticket. */
struct ticket tickets_get(struct story *story);

/* Both at once, with default settings. */
struct ticket tickets_begin(struct story *story);

/* Another world of the same contexts, later, and the client brings a ticket. */
void tickets_again(struct story *story, const struct ticket *ticket);

/* The same, once the contexts were made anew from their settings. */
void tickets_anew(struct story *story, const struct ticket *ticket);

/* Whether both ends resumed, with the peer that they expect and no certificate; or whether
 * both went through a full handshake. */
bool tickets_resumed(const struct story *story);
bool tickets_refused(const struct story *story);

/* Whether the client's hello, which is still in its slot, has a ticket. */
bool tickets_was_offered(const struct story *story);

/* Reads a ticket, whose parts stay where they are, and writes what came of it. */
struct stored_ticket tickets_read(const struct ticket *ticket);
struct ticket tickets_write(const struct stored_ticket *stored);

#endif
