/* world.h - a clock, two ends, and a network that loses, repeats, delays, swaps and cuts.
 *
 * Time is virtual and chance comes from a seed: the same seed gives the same story.
 */
#ifndef SKF_WORLD_H
#define SKF_WORLD_H

#include <skiff/dtls.h>

enum { WORLD_CLIENT, WORLD_SERVER }; /* ends; the client is the active one */
enum {
    WORLD_DATAGRAM = 2048,
    WORLD_IN_FLIGHT = 256,
    WORLD_LOG = 256,
    WORLD_CERTIFICATE = 8192
};

struct world;

/* One datagram on its way; a meddler may change all but `from`. */
struct world_datagram {
    int from;
    unsigned number; /* of that end's datagrams, from 0 */
    unsigned copies; /* 1; 0: lost */
    skiff_time delay;
    uint64_t path; /* whence it will seem to come */
    uint64_t to;   /* the path that its sender named; 0: none */
    size_t len;
    uint8_t bytes[WORLD_DATAGRAM];
};
typedef void world_meddler(struct world *world, struct world_datagram *datagram);

/* Ends of another library, in the place of skiff's. They send with world_carry, and set
 * `connected`, `connected_at` and `failed` of their ends. */
struct world_peer {
    void (*poll)(struct world *world, int end); /* it is due */
    void (*receive)(struct world *world, int end, const void *bytes, size_t len);
    skiff_time due[2]; /* 0: at once */
    void *user;
};

struct world_config {
    uint64_t seed;
    skiff_time start;                  /* 0: at some time that is always the same */
    skiff_context *context[2];         /* the caller's */
    skiff_role role[2];                /* 0: ACTIVE, PASSIVE */
    skiff_time delay;                  /* one way */
    unsigned loss, duplicate, reorder; /* in 1000 */
    world_meddler *meddler;
    void *user;
    struct world_peer *peer; /* NULL: skiff's ends */
    bool strangers;          /* no expected fingerprint is set */
};

struct world_end {
    skiff_dtls *dtls;
    bool connected, closed, failed;
    unsigned certificates, moved, hellos; /* events */
    uint64_t path;                        /* the address it sends from; 0: untold */
    unsigned sent;                        /* datagrams */
    size_t largest;                       /* datagram, in bytes */
    skiff_time connected_at;
    unsigned data_count; /* messages delivered, and the last of them */
    size_t data_len;
    uint8_t data[WORLD_DATAGRAM];
    unsigned tickets; /* reported, and the last of them */
    size_t ticket_len;
    uint8_t ticket[WORLD_DATAGRAM];
    size_t certificate_len; /* of the other's, as reported */
    uint8_t certificate[WORLD_CERTIFICATE];
};

struct world_in_flight {
    skiff_time due;
    uint64_t order;
    int to;
    uint64_t path;
    size_t len;
    uint8_t *bytes;
};

struct world_logged {
    skiff_time at;
    int from;
    size_t len;
    unsigned copies;
    uint8_t first;
};

struct world {
    struct world_config config;
    uint64_t chance;
    skiff_time now, began;
    struct world_end ends[2];
    skiff_pool *pool;
    skiff_packet *packet;
    struct world_in_flight in_flight[WORLD_IN_FLIGHT];
    size_t num_in_flight;
    uint64_t orders;
    struct world_logged log[WORLD_LOG];
    size_t num_logged;
};

/* Which version the contexts use at most, unless their config sets it; 1.2 at first. The
 * groups are those whose flights look alike everywhere; `best` is what the library would
 * choose itself, X25519MLKEM768 first where libcrypto has it. */
void world_use_12(void);
void world_use_13(void);
void world_use_best(void);
bool world_is_best(void);
uint16_t world_version(void);

/* Two identities made once in a process (0 and 1), and a context with one of them, which
 * repeats itself on time unless its config has a seed. */
const skiff_identity *world_identity(int which);
skiff_context *world_context(int which, const skiff_context_config *config);

/* Zeros and the contexts are a world without mishap. */
void world_begin(struct world *world, const struct world_config *config);
void world_end(struct world *world);

/* Lets time pass until both are connected, or one has ended, or so much time is over. */
void world_run(struct world *world, skiff_time most);

/* Lets exactly so much time pass, whatever happens. */
void world_pass(struct world *world, skiff_time time);

/* Sends application data; polls an end and carries what it sends. */
skiff_status world_send(struct world *world, int from, const void *bytes, size_t len);
void world_poll(struct world *world, int end);

/* Hands the network a datagram of another library. */
void world_carry(struct world *world, int from, const void *bytes, size_t len);

/* Gives an end a datagram at once, as if from the network, and polls it. */
skiff_status world_deliver(struct world *world, int to, const void *bytes, size_t len);
skiff_status world_deliver_from(struct world *world, uint64_t path, int to,
                                skiff_bytes datagram);

bool world_both_connected(const struct world *world);

/* Whether both export the same SRTP keys and the same keying material. */
bool world_keys_agree(const struct world *world);

/* A number below `limit` by chance. */
uint64_t world_chance(struct world *world, uint64_t limit);

/* Prints the seed and the datagrams, for a failed story. */
void world_picture(const struct world *world);

#endif
