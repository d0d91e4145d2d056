/* sfu_client.h - a browser of a test: a publisher or a watcher on loopback with
 * skiff's own transport, and STUN written by hand. It loses packets as the test
 * wants. Time is real. */
#ifndef TESTS_SFU_CLIENT_H
#define TESTS_SFU_CLIENT_H

#include "samples/rtp/extension.h"
#include "samples/rtp/missing.h"
#include "samples/rtp/rtcp.h"
#include "samples/rtp/rtp.h"
#include "samples/sfu/media.h"

enum {
    CLIENT_AUDIO = 111,
    CLIENT_VIDEO = 96,
    CLIENT_RTX = 97,
    CLIENT_TRANSPORT_CC = 3, /* the id of the header extension */
    CLIENT_RID = 10,
    CLIENT_LEVEL = 1,
    CLIENT_MID = 4,
    CLIENT_HEADER = RTP_HEADER + 12,
    CLIENT_LAYERS = 2,
    CLIENT_KEPT = 256,
    CLIENT_FRAME_PACKETS = 3,
    CLIENT_PAYLOAD = 600,
    CLIENT_LARGER = 300 /* bytes that a packet of the next layer has more */
};

/* What all clients of a test have. */
struct client_world {
    skiff_pool *pool;
    skiff_identity *identity;
    skiff_context *context;
    skiff_fingerprint fingerprint;
    uint32_t seed;
};

void client_world_new(struct client_world *world);
void client_world_free(struct client_world *world);

/* A track that a watcher receives. */
struct client_track {
    uint32_t ssrc, rtx_ssrc;
    uint8_t payload_type;
    struct missing missing;
    unsigned packets, repaired, keyframes, wrong;
    uint8_t level;  /* of the last packet, which its publisher wrote in the payload */
    unsigned steps; /* of the picture id or the time, where there should be none */
    uint16_t last_picture;
    uint32_t first_frame, last_frame; /* numbers that the publisher wrote in the payload */
    bool has_begun;
    uint32_t last_timestamp;
    uint8_t frames[4096]; /* packets of each frame that came, by a bit for each */
};

struct client {
    struct client_world *world;
    char id[SESSION_ID + 1];
    skiff_transport *transport;
    int fd;
    unsigned loss; /* percent, both ways */
    uint8_t shift; /* of a watcher: its ids of header extensions are larger by it */
    uint8_t level; /* of a publisher's audio, in -dBov; 0 is as loud as can be */
    char ufrag[16], username[640];
    struct media_answer answer;
    bool checked, connected, closed;
    bool silent;    /* sends no check */
    bool passive;   /* is the DTLS server */
    skiff_time age; /* of its POST */
    /* A publisher's. */
    uint16_t audio_sequence, rtx_sequence, transport_sequence;
    uint32_t frame, ssrc;
    size_t num_layers; /* 0: no simulcast */
    struct {
        uint16_t sequence;
        bool sends_keyframe;
    } layers[CLIENT_LAYERS];
    unsigned plis, nacks, reports, arrivals;
    skiff_packet *kept[CLIENT_KEPT]; /* of the first layer */
    /* A watcher's. */
    bool has_second; /* offers two tracks of audio */
    struct client_track audio, video, second;
    uint16_t newest_number; /* the largest transport-wide one, from 0 on */
    unsigned num_numbers, sender_reports, num_data;
    uint8_t data[64]; /* the last message of DTLS */
};

void client_new(struct client *client, struct client_world *world, unsigned number);
void client_free(struct client *client);

/* What it offers, as a publisher or as a watcher. */
struct description client_offer(const struct client *client);

/* Both end with the client's checks on their way. */
enum media_status client_publish(struct client *client, struct media *media,
                                 const char *stream, bool replaces);
enum media_status client_watch(struct client *client, struct media *media,
                               const char *stream);

/* Runs all clients for so many milliseconds, or until `done` returns true. */
void clients_run(struct client *const *clients, size_t num, unsigned ms,
                 bool (*done)(struct client *const *clients, size_t num));

bool clients_are_connected(struct client *const *clients, size_t num);

/* Sends a close_notify. */
void client_close(struct client *client);

/* Sends one message of DTLS. */
void client_send_data(struct client *client, const char *text);

/* Uses the credentials of a restart, and checks with them. */
void client_restart(struct client *client, const struct media_answer *answer);

/* A publisher sends one frame of each layer, and a packet of audio. */
void client_send_frame(struct client *client);

/* A watcher asks for what is missing. */
void client_ask(struct client *client);

/* Whether it has every packet of the frames from its first to `last`. */
bool client_has_all(const struct client *client, uint32_t last);

#endif
