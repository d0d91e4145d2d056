/* hello.h - ClientHello, ServerHello, HelloRetryRequest and HelloVerifyRequest. */
#ifndef SKF_WIRE_HELLO_H
#define SKF_WIRE_HELLO_H

#include "wire/walk.h"

enum { RANDOM = 32 };

/* RFC 6347 section 4.2.1, figure "ClientHello" */
struct client_hello {
    uint16_t client_version;
    uint8_t random[RANDOM];
    skiff_bytes session_id;
    skiff_bytes cookie;
    skiff_bytes cipher_suites;
    skiff_bytes compression_methods;
    bool has_extensions;
    skiff_bytes extensions;
};

static inline void client_hello(struct walk *w, struct client_hello *m)
{
    walk_u16(w, &m->client_version);
    walk_fixed(w, m->random, RANDOM);
    walk_vec(w, &m->session_id, 0, 32);
    walk_vec(w, &m->cookie, 0, 255);
    walk_vec(w, &m->cipher_suites, 2, 65534);
    walk_vec(w, &m->compression_methods, 1, 255);
    if (walk_present(w, &m->has_extensions))
        walk_vec(w, &m->extensions, 0, 65535);
    walk_require(w, m->cipher_suites.len % 2 == 0);
}
WALKABLE(client_hello)

/* RFC 5246 section 7.4.1.3 */
struct server_hello {
    uint16_t server_version;
    uint8_t random[RANDOM];
    skiff_bytes session_id;
    uint16_t cipher_suite;
    uint8_t compression_method;
    bool has_extensions;
    skiff_bytes extensions;
};

static inline void server_hello(struct walk *w, struct server_hello *m)
{
    walk_u16(w, &m->server_version);
    walk_fixed(w, m->random, RANDOM);
    walk_vec(w, &m->session_id, 0, 32);
    walk_u16(w, &m->cipher_suite);
    walk_u8(w, &m->compression_method);
    if (walk_present(w, &m->has_extensions))
        walk_vec(w, &m->extensions, 0, 65535);
}
WALKABLE(server_hello)

/* RFC 8446 section 4.1.3: a ServerHello with this random is a HelloRetryRequest. */
static const uint8_t retry_random[RANDOM] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
    0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
    0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* RFC 6347 section 4.2.1, figure "HelloVerifyRequest" */
struct hello_verify_request {
    uint16_t server_version;
    skiff_bytes cookie;
};

static inline void hello_verify_request(struct walk *w, struct hello_verify_request *m)
{
    walk_u16(w, &m->server_version);
    walk_vec(w, &m->cookie, 0, 255);
}
WALKABLE(hello_verify_request)

#endif
