/* inbox.c - the messages of one handshake that are not whole, or not next. */
#include "dtls/inbox.h"

#include "dtls/vain.h"

static struct join *place_of(struct inbox *inbox, uint16_t message_seq)
{
    return &inbox->joins[message_seq % INBOX_AHEAD];
}

/* Gives the room of a message back and moves those behind it up. */
static void close_up(struct inbox *inbox, struct join *gone)
{
    uint8_t *from = gone->body + join_room(gone->length);
    size_t gap = join_room(gone->length);
    size_t behind = inbox->used - (size_t)(from - inbox->room);

    memmove(gone->body, from, behind);
    for (int i = 0; i < INBOX_AHEAD; i++)
        if (inbox->joins[i].begun && inbox->joins[i].body >= from)
            inbox->joins[i].body -= gap;
    inbox->used -= gap;
    *gone = (struct join){ 0 };
}

/* Bytes of messages ahead that stay. */
static size_t firm_bytes(const struct inbox *inbox)
{
    size_t sum = 0;

    for (uint16_t i = 1; i < INBOX_AHEAD; i++) {
        const struct join *join = &inbox->joins[(uint16_t)(inbox->next + i) % INBOX_AHEAD];
        if (join->begun && join->firm)
            sum += join_room(join->length);
    }
    return sum;
}

/* What lies ahead and is not firm gives way to the message that is next. */
static void make_room(struct inbox *inbox, const struct handshake_header *h)
{
    for (int i = INBOX_AHEAD - 1; i > 0; i--) {
        if (join_room(h->length) <= inbox->size - inbox->used)
            return;
        struct join *far = place_of(inbox, (uint16_t)(inbox->next + i));
        if (far->begun && !far->firm)
            close_up(inbox, far);
    }
}

/* What of it is new: fewer bytes than a CRUMB are as good as none, unless they are all. */
static uint8_t vanity_of(const struct fragment *fragment, bool begins, uint32_t news)
{
    bool is_crumb = news < CRUMB && !fragment_is_whole(fragment);

    return is_crumb || (news == 0 && !begins) ? VAIN_FRAGMENT : 0;
}

enum inbox_answer inbox_take(struct inbox *inbox, const struct fragment *fragment)
{
    const struct handshake_header *h = &fragment->header;
    uint16_t ahead = (uint16_t)(h->message_seq - inbox->next);

    inbox->vain = VAIN_FRAGMENT;
    if (ahead >= 0x8000)
        return INBOX_REPEATED;
    if (ahead >= INBOX_AHEAD)
        return INBOX_REFUSED;

    struct join *join = place_of(inbox, h->message_seq);
    bool contradicts = join->begun && !join_agrees(join, fragment);
    if (contradicts) {
        close_up(inbox, join);           /* a forged one must not keep the true one out */
        inbox->vain = VAIN_CONTRADICTION;
    }
    bool begins = !join->begun;
    if (begins) {
        if (ahead == 0)
            make_room(inbox, h);
        if (join_room(h->length) > inbox->size - inbox->used)
            return INBOX_REFUSED;
        join_begin(join, fragment, inbox->room + inbox->used);
        inbox->used += join_room(h->length);
        if (inbox->reached < inbox->used)
            inbox->reached = inbox->used;
    }
    if (ahead > 0 && !join->firm)
        join->firm = firm_bytes(inbox) + join_room(h->length) <= inbox->firm;
    uint32_t had = join->have;
    join_add(join, fragment);
    if (!contradicts)
        inbox->vain = vanity_of(fragment, begins, join->have - had);
    return INBOX_TAKEN;
}

bool inbox_keeps(const struct inbox *inbox, uint16_t message_seq)
{
    const struct join *join = &inbox->joins[message_seq % INBOX_AHEAD];

    return message_seq == inbox->next || (join->begun && join->firm);
}

const struct join *inbox_next(const struct inbox *inbox)
{
    const struct join *join = &inbox->joins[inbox->next % INBOX_AHEAD];

    return join_is_whole(join) ? join : NULL;
}

void inbox_heard(struct inbox *inbox)
{
    struct join *join = place_of(inbox, inbox->next);

    inbox_sweep(inbox);
    inbox->spent = *join;
    *join = (struct join){ 0 };
    inbox->next++;
}

void inbox_sweep(struct inbox *inbox)
{
    if (inbox->spent.begun)
        close_up(inbox, &inbox->spent);
}

void inbox_void(struct inbox *inbox)
{
    struct join *join = place_of(inbox, inbox->next);

    if (join->begun)
        close_up(inbox, join);
}
