/* plan.h - what the servers of the streams know without being told: the watchers'
 * addresses, and the keys of those who shake no hands. Programs of other languages repeat
 * it. */
#ifndef BENCH_STREAMS_PLAN_H
#define BENCH_STREAMS_PLAN_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>

enum {
    PLAN_WATCHERS = 500,
    PLAN_FRAME = 4,        /* packets that leave the publisher together */
    PLAN_PACKET_US = 9600, /* between two packets of 1,200 bytes: 1 Mbit/s */
    PLAN_SSRC = 7,         /* the publisher's; a watcher gets it with another first byte */
    PLAN_KEY = 28,         /* AEAD_AES_128_GCM: key and salt (RFC 7714 section 12) */
    PLAN_FIRST = 0x7f010001, /* 127.1.0.1, the first watcher's */
    PLAN_PUBLISHER = PLAN_WATCHERS
};

/* The master key and salt of a watcher, or of the publisher. */
static inline void plan_key(uint32_t which, uint8_t key[PLAN_KEY])
{
    for (uint32_t i = 0; i < PLAN_KEY; i++)
        key[i] = (uint8_t)(7 * i + 1);
    key[0] = (uint8_t)(which >> 8);
    key[1] = (uint8_t)which;
}

/* All watchers read one port, each at an address of its own. */
static inline struct sockaddr_in plan_address(uint32_t watcher, uint16_t port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons(port),
                                 .sin_addr = { htonl(PLAN_FIRST + watcher) } };
}

#endif
