/* control.h - messages that control an association: alerts, ChangeCipherSpec, ACK,
 * KeyUpdate, connection ids, return routability checks. */
#ifndef SKF_WIRE_CONTROL_H
#define SKF_WIRE_CONTROL_H

#include "wire/walk.h"

/* RFC 5246 section 7.2 */
struct alert {
    uint8_t level;
    uint8_t description;
};

static inline void alert(struct walk *w, struct alert *m)
{
    walk_u8(w, &m->level);
    walk_u8(w, &m->description);
}
WALKABLE(alert)

/* RFC 5246 section 7.1 */
struct change_cipher_spec {
    uint8_t type;
};

static inline void change_cipher_spec(struct walk *w, struct change_cipher_spec *m)
{
    walk_u8(w, &m->type);
    walk_require(w, m->type == 1);
}
WALKABLE(change_cipher_spec)

/* RFC 9147 section 7: record_numbers<0..2^16-1>, each of epoch and sequence number */
struct ack {
    skiff_bytes record_numbers;
};

enum { RECORD_NUMBER = 16 };

static inline void ack(struct walk *w, struct ack *m)
{
    walk_vec(w, &m->record_numbers, 0, 65535);
    walk_require(w, m->record_numbers.len % RECORD_NUMBER == 0);
}
WALKABLE(ack)

struct record_number {
    uint64_t epoch;
    uint64_t sequence_number;
};

static inline void record_number(struct walk *w, struct record_number *m)
{
    walk_u64(w, &m->epoch);
    walk_u64(w, &m->sequence_number);
}
WALKABLE(record_number)

/* RFC 8446 section 4.6.3 */
struct key_update {
    uint8_t request_update;
};

static inline void key_update(struct walk *w, struct key_update *m)
{
    walk_u8(w, &m->request_update);
}
WALKABLE(key_update)

/* RFC 9147 section 9: cids<0..2^16-1>, each a ConnectionId */
struct new_connection_id {
    skiff_bytes cids;
    uint8_t usage;
};

enum { CID_IMMEDIATE = 0, CID_SPARE = 1 };

static inline void new_connection_id(struct walk *w, struct new_connection_id *m)
{
    walk_vec(w, &m->cids, 0, 65535);
    walk_u8(w, &m->usage);
}
WALKABLE(new_connection_id)

/* RFC 9147 section 9 */
struct request_connection_id {
    uint8_t num_cids;
};

static inline void request_connection_id(struct walk *w, struct request_connection_id *m)
{
    walk_u8(w, &m->num_cids);
}
WALKABLE(request_connection_id)

/* RFC 9853 section 4; of a type to come nothing but the type is known */
enum { PATH_CHALLENGE = 0, PATH_RESPONSE = 1, PATH_DROP = 2 };
enum { PATH_COOKIE = 8, PATH_MESSAGE = 1 + PATH_COOKIE };

struct return_routability_check {
    uint8_t msg_type;
    uint8_t cookie[PATH_COOKIE];
};

static inline void return_routability_check(struct walk *w,
                                            struct return_routability_check *m)
{
    walk_u8(w, &m->msg_type);
    walk_require(w, m->msg_type <= PATH_DROP);
    walk_fixed(w, m->cookie, sizeof m->cookie);
}
WALKABLE(return_routability_check)

#endif
