/**
 * skiff/base.h - the words every other header uses: bytes, time, status, memory.
 *
 * Conventions, said once and true everywhere:
 *  - A function that can fail returns a skiff_status; results go through out-parameters,
 *    which are written only on SKIFF_OK.
 *  - Parameters come in the order: the object, the time, the inputs, the outputs.
 *  - Pointers and skiff_bytes are borrowed for the length of the call, unless the comment
 *    has an "Owns:" line.
 *  - A pointer is NULL only where its comment allows it. Calls that make something say
 *    ARGUMENT to any other NULL. Most others do not look: a NULL handle or packet crashes.
 *  - No function blocks, sleeps, reads a clock, opens a socket or takes a lock, except
 *    those in ice.h and port.h, and the first skiff_srtp_new or skiff_transport_new of a
 *    process (once: libsrtp is set up).
 *  - A context and the handles made from it belong to one thread at a time; different
 *    contexts share nothing that changes. A context used after fork in both processes
 *    is undefined; debug builds catch it.
 *  - Configs and results carry their size; new fields come last.
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

/** A view of bytes that somebody else owns. An empty view may have a NULL ptr. */
typedef struct skiff_bytes {
    const uint8_t *ptr;
    size_t len;
} skiff_bytes;

/** Microseconds on one monotonic clock of the caller's choice; only differences matter. */
typedef uint64_t skiff_time;
#define SKIFF_NEVER   UINT64_MAX
#define SKIFF_MSEC(n) ((skiff_time)(n)*1000u)

/**
 * How many milliseconds a loop may sleep until a deadline: what poll() and epoll_wait()
 * take. It is rounded up, so that nobody wakes before the deadline, and at most INT_MAX.
 * 0: it has come. -1: SKIFF_NEVER, sleep until something arrives.
 */
SKIFF_API int skiff_wait_ms(skiff_time deadline, skiff_time now);

/*        name          value  meaning */
/* clang-format off */
#define SKIFF_STATUS_LIST(X)                                                               \
    X(OK,            0,  "success")                                                        \
    X(ERR_ARGUMENT, -1,  "an argument breaks a documented rule; nothing was changed")      \
    X(ERR_STATE,    -2,  "not possible now (for example: no keys yet); nothing changed")   \
    X(ERR_MEMORY,   -3,  "the allocator gave nothing; nothing was changed")                \
    X(ERR_SPACE,    -4,  "no room: output too small or pool empty; nothing was changed")   \
    X(ERR_DROPPED,  -5,  "this packet was forged, replayed or malformed; it is void")      \
    X(ERR_CLOSED,   -6,  "the association was closed; only free() is left")                \
    X(ERR_FAILED,   -7,  "the association has failed; ask for the skiff_failure")          \
    X(ERR_CRYPTO,   -8,  "the crypto library refused; the handle is as failed")            \
    X(ERR_UNSUPPORTED, -9, "well formed, but of no kind known here; nothing was changed")
/* clang-format on */

typedef enum skiff_status {
#define X(name, value, text) SKIFF_##name = value,
    SKIFF_STATUS_LIST(X)
#undef X
} skiff_status;

/** The name of a status, such as "SKIFF_ERR_SPACE". Static, never NULL. */
SKIFF_API const char *skiff_status_name(skiff_status status);

/** What a status means, as one English line. Static, never NULL. */
SKIFF_API const char *skiff_status_text(skiff_status status);

/**
 * Which rule the last call of this thread broke that returned ARGUMENT, STATE, SPACE or
 * UNSUPPORTED: an English sentence that names the argument or the field, and
 * the rule, such as "peers: all 1,024 are in use". "" before the first. The sentence is for
 * logs: its words may change. The status is for the program.
 *
 * Shape:  at most 255 letters of printable ASCII. A value that was given may be quoted, cut
 *         after 64 letters, with '?' for all that is not printable; a secret never is.
 * Owns:   valid until another call of this thread returns one of these statuses.
 */
SKIFF_API const char *skiff_fault(void);

/*
 * For libraries that build on this one: keep the sentence and return `status`, so that a
 * call ends with `return skiff_fault_set(SKIFF_ERR_STATE, "...")`. The first keeps a
 * pointer to a static sentence; the others copy their parts. `value` may be NULL.
 */
SKIFF_API skiff_status skiff_fault_set(skiff_status status, const char *sentence);
SKIFF_API skiff_status skiff_fault_set_text(skiff_status status, const char *before,
                                            const char *value, const char *after);
SKIFF_API skiff_status skiff_fault_set_number(skiff_status status, const char *before,
                                              uint64_t number, const char *after);

/** Why an association ended, for a log line a person can act on. All text is static. */
typedef struct skiff_failure {
    skiff_status status;
    int alert;        /**< TLS alert number, or -1: none was sent or received */
    bool from_peer;   /**< the alert came from the peer */
    const char *what; /**< "Finished: verify_data does not match" */
    const char *spec; /**< "RFC 8446 4.4.4" */
} skiff_failure;

/**
 * Where a handle takes its memory from.
 *
 * Called by *_new and *_free; by the call that brings a transport to CONNECTED or RENEWED,
 * for its SRTP session; by the calls that renew; and by an SRTP session for more than 8
 * SSRCs that come in. `release` gets the size back, and the block already wiped. Both run
 * on the thread of that call.
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
