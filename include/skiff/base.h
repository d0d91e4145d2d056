/**
 * skiff/base.h - the types that every other header uses: bytes, time, status, memory.
 *
 * These rules hold in all headers:
 *  - A function that can fail returns a skiff_status. Results go through out-parameters,
 *    which are written only on SKIFF_OK, unless the comment says otherwise.
 *  - Parameters stand in this order: the object, the time, the inputs, the outputs. The
 *    constructors of a transport and of a peer take the time after the other inputs.
 *  - The caller lends a pointer or a skiff_bytes for the length of the call. The library
 *    keeps none of them, unless an "Owns:" line or the comment of a config field says so.
 *  - A pointer may be NULL only if the comment says so. Functions that make a handle return
 *    ARGUMENT for any other NULL. Most functions do not check: a NULL handle or packet
 *    crashes.
 *  - No function blocks, sleeps, reads a clock or opens a socket, except those in ice.h and
 *    port.h.
 *  - No function takes a lock of skiff's, with two exceptions. Functions in ice.h and
 *    port.h may take one for what threads share, such as the paths of a group. The
 *    functions that make an SRTP session may take one, because the ciphers of libsrtp
 *    belong to the whole process: skiff_srtp_new, skiff_transport_new, and the poll that
 *    brings a transport to CONNECTED or RENEWED. SRTP takes none for a packet.
 *  - A context and the handles made from it belong to one thread at a time. Different
 *    contexts share nothing that changes. After a fork only one of the two processes may
 *    use a context.
 *  - A config contains its own size, which its skiff_..._defaults function sets. Another
 *    size is an ARGUMENT error. A function that fills a struct takes the size of that
 *    struct, and writes no more. New fields come last.
 */
#ifndef SKIFF_BASE_H
#define SKIFF_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(_WIN32) && defined(SKIFF_SHARED)
#  ifdef SKIFF_BUILDING
#    define SKIFF_API __declspec(dllexport)
#  else
#    define SKIFF_API __declspec(dllimport)
#  endif
#elif defined(__GNUC__)
#  define SKIFF_API __attribute__((visibility("default")))
#else
#  define SKIFF_API
#endif

#if defined(__GNUC__)
#  define SKIFF_MUST_USE __attribute__((warn_unused_result))
#else
#  define SKIFF_MUST_USE
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** A view of bytes that the library or the caller owns. In an empty view `ptr` may be NULL.
 */
typedef struct skiff_bytes {
    const uint8_t *ptr;
    size_t len;
} skiff_bytes;

/**
 * Microseconds on one monotonic clock, which the caller chooses. Only differences matter.
 * If an association gets a time that is earlier than its last one, it uses its last one.
 */
typedef uint64_t skiff_time;
#define SKIFF_NEVER   UINT64_MAX
#define SKIFF_MSEC(n) ((skiff_time)(n)*1000u)

/**
 * Returns the milliseconds from `now` to a deadline, as poll() and epoll_wait() take them.
 * The number is rounded up, so that no loop wakes before its deadline. It is at most
 * INT_MAX.
 *
 * Returns: 0 if the deadline has passed; -1 for SKIFF_NEVER: sleep until something arrives.
 */
SKIFF_API int skiff_wait_ms(skiff_time deadline, skiff_time now);

/*        name          value  meaning */
/* clang-format off */
#define SKIFF_STATUS_LIST(X)                                                               \
    X(OK,            0,  "success")                                                        \
    X(ERR_ARGUMENT, -1,  "an argument breaks a documented rule; nothing was changed")      \
    X(ERR_STATE,    -2,  "not possible now, for example before there are keys; nothing"    \
                         " was changed")                                                   \
    X(ERR_MEMORY,   -3,  "the allocator returned NULL; nothing was changed")               \
    X(ERR_SPACE,    -4,  "an output is too small, a pool is empty, or all places of a"     \
                         " table are taken; nothing was changed")                          \
    X(ERR_DROPPED,  -5,  "the packet was dropped: forged, replayed, malformed, not"        \
                         " expected now, or not held for lack of space; a counter says"    \
                         " which")                                                         \
    X(ERR_CLOSED,   -6,  "the association was closed; free the handle")                    \
    X(ERR_FAILED,   -7,  "the association has failed; its skiff_failure says why")         \
    X(ERR_CRYPTO,   -8,  "libcrypto failed, for example without memory or without an"      \
                         " algorithm")                                                     \
    X(ERR_UNSUPPORTED, -9, "well formed, but of a kind that this library does not know;"   \
                         " nothing was changed")
/* clang-format on */

typedef enum skiff_status {
#define X(name, value, text) SKIFF_##name = value,
    SKIFF_STATUS_LIST(X)
#undef X
} skiff_status;

/** Returns the name of a status, such as "SKIFF_ERR_SPACE". Static, never NULL. */
SKIFF_API const char *skiff_status_name(skiff_status status);

/** Returns what a status means, as one English line. Static, never NULL. */
SKIFF_API const char *skiff_status_text(skiff_status status);

/**
 * Returns the rule that was broken by the last call of this thread that returned ARGUMENT,
 * STATE, SPACE or UNSUPPORTED. It is an English sentence that names the argument or the
 * field, and the rule, such as "peers: all 1,024 are in use". Before the first such call it
 * is "".
 *
 * Write it to a log, and let the program look at the status: the words may change.
 *
 * Shape:  at most 255 characters of printable ASCII. The sentence may quote a value that
 *         the caller passed, cut after 64 characters, with '?' for each that is not
 *         printable. It never quotes a secret.
 * Owns:   valid until another call of this thread returns one of these statuses.
 */
SKIFF_API const char *skiff_fault(void);

/**
 * Sets the sentence that skiff_fault returns, and returns `status`. A library that builds
 * on this one ends a call with `return skiff_fault_set(SKIFF_ERR_STATE, "...")`.
 *
 * Owns:   skiff_fault_set keeps the pointer, so `sentence` must be static. The other two
 *         functions copy their arguments. If `value` is NULL, the sentence contains "NULL".
 */
SKIFF_API skiff_status skiff_fault_set(skiff_status status, const char *sentence);
SKIFF_API skiff_status skiff_fault_set_text(skiff_status status, const char *before,
                                            const char *value, const char *after);
SKIFF_API skiff_status skiff_fault_set_number(skiff_status status, const char *before,
                                              uint64_t number, const char *after);

/** Why an association ended, for a log that people read. All text is static. */
typedef struct skiff_failure {
    skiff_status status;
    /** The number of the TLS alert, or -1: none was sent or received. */
    int alert;
    /** The peer sent the alert. */
    bool from_peer;
    /** What went wrong, such as "Finished: verify_data does not match". */
    const char *what;
    /** The section that requires the failure, such as "RFC 8446 4.4.4". */
    const char *spec;
} skiff_failure;

/**
 * Where a handle takes its memory from.
 *
 * `acquire` returns memory that is aligned as malloc aligns it, or NULL. `release` gets the
 * block and its size. The library wipes a block that held a secret before it releases it.
 *
 * These functions call the allocator, each on the thread of the call:
 *  - *_new, *_free, skiff_peer_new_with, skiff_peer_restart_with and the *_renew functions;
 *  - skiff_transport_poll, to make the SRTP session at CONNECTED;
 *  - skiff_transport_poll and skiff_transport_receive, to free what a renewal replaced;
 *  - functions that add a third or later incoming SSRC to an SRTP session, or remove one;
 *  - skiff_port_run, for the peers and TCP connections that it makes and ends.
 */
typedef struct skiff_allocator {
    void *(*acquire)(void *user, size_t size);
    void (*release)(void *user, void *block, size_t size);
    void *user;
} skiff_allocator;

/** The version of these headers, as 0xMMmmpp. */
#define SKIFF_VERSION 0x000100u

/** The version of the library that is running, as 0xMMmmpp. */
SKIFF_API uint32_t skiff_version(void);

#ifdef __cplusplus
}
#endif
#endif
