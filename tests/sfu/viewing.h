/* viewing.h - a watcher on a link that is not there, in virtual time: a publisher of three
 * layers, audio, a queue of a certain rate, loss, jitter, and the feedback that a browser
 * would send. It asks samples/sfu/estimate and layers as the SFU does. Chance comes from a
 * seed. */
#ifndef TESTS_SFU_VIEWING_H
#define TESTS_SFU_VIEWING_H

#include "samples/sfu/bitrate.h"
#include "samples/sfu/estimate.h"
#include "samples/sfu/layers.h"

enum { VIEWING_IN_FLIGHT = 4096, VIEWING_ROWS = 4096 };

/* What may change while it runs. Times are in microseconds. */
struct viewing_link {
    double bps;
    double loss;     /* of 1, beside what the queue drops */
    uint64_t delay;  /* one way */
    uint64_t jitter; /* added to the arrival at most */
    uint64_t busy;   /* the watcher reads what has arrived only so often; 0: at once */
    uint64_t queue;  /* the longest time in the queue: what would wait longer is lost */
    double feedback_loss, feedback_twice; /* of 1 */
    bool feedback_swapped;                /* each second one comes before the first */
    bool feedback;                        /* transport-wide feedback, or none */
    bool remb;                            /* REMB by what arrives */
};

struct viewing_packet {
    uint16_t seq, bytes;
    uint64_t arrival; /* of the watcher's clock; 0: lost */
};

/* Ten a second. */
struct viewing_row {
    double link, estimate, sent, queue; /* bits a second; the last in milliseconds */
    int layer, is_probing;
};

struct viewing {
    struct viewing_link link;
    uint64_t now, started, chance;
    uint64_t ahead; /* the clock of the watcher */
    struct estimate estimate;
    struct layers layers;
    struct layer layer[3];
    struct bitrate audio, sent, layer_rate[3];
    bool can_probe;
    int shown, wanted; /* the layer that is sent, and that the next keyframe brings */
    bool pause;
    uint64_t keyframe; /* when it comes; 0: none was asked for */
    unsigned switches, losses, losses_reported, probes;
    uint64_t frame, audio_due, padding_due, choice_due, feedback_due, paced;
    uint32_t waiting[3], rest; /* bytes of frames that are not yet sent, of each layer */
    uint64_t link_free;        /* when the queue is empty */
    uint16_t seq, reported;    /* the next number, and the next to be reported */
    struct viewing_packet packets[VIEWING_IN_FLIGHT]; /* by number */
    struct {
        bool used;
        uint16_t first, count;
        uint64_t at;
    } held; /* feedback swapped */
    struct viewing_row rows[VIEWING_ROWS];
    size_t num_rows;
};

/* A link of 5 Mbit/s, 20 ms, and layers of 150, 500 and 1700 kbit/s. */
void viewing_init(struct viewing *viewing, uint64_t seed);
void viewing_run(struct viewing *viewing, double seconds);

/* Microseconds from `since` until the layer that is sent was `layer` first; UINT64_MAX:
 * never. */
uint64_t viewing_time_until(const struct viewing *viewing, uint64_t since, int layer);

/* How often the layer that is sent has changed from `since` on. */
unsigned viewing_switches(const struct viewing *viewing, uint64_t since);

/* Writes the rows where SKIFF_VIEWING names a folder, for who wants to see them. */
void viewing_write(const struct viewing *viewing, const char *name);

#endif
