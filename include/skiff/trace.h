/**
 * skiff/trace.h - what happens inside a handle, one event at a time.
 *
 * Counters say how often something happened. A trace says when, in which order, and to
 * which handle. So a trace shows why a handshake took long, or where a record was lost. Set
 * `trace` in the config of a context, a port or an agent. The callback gets numbers and
 * static strings; the library formats no text and allocates no memory for it. Without a
 * callback, an event costs one branch.
 *
 * docs/trace.md describes each event with its fields, and shows how to read a trace.
 */
#ifndef SKIFF_TRACE_H
#define SKIFF_TRACE_H

#include <skiff/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/*    name               meaning */
/* clang-format off */
#define SKIFF_TRACE_LIST(X)                                                                \
    X(NEW,                "the handle is made")                                            \
    X(FREED,              "the handle is freed: its address may come again")               \
    X(DATAGRAM_IN,        "a datagram is taken in")                                        \
    X(DATAGRAM_OUT,       "a datagram is ready to be sent")                                \
    X(RECORD_IN,          "a record is accepted")                                          \
    X(RECORD_OUT,         "a record is sealed, or written in plaintext")                   \
    X(FRAGMENT_IN,        "a fragment of a handshake message came")                        \
    X(FRAGMENT_OUT,       "a fragment of a handshake message is written")                  \
    X(MESSAGE_IN,         "a whole handshake message is accepted")                         \
    X(ACK_IN,             "an ACK came")                                                   \
    X(ACK_OUT,            "an ACK is written")                                             \
    X(ALERT_IN,           "an alert came")                                                 \
    X(ALERT_OUT,          "an alert is written")                                           \
    X(DROP,               "something is dropped, and counted")                             \
    X(HELLO_CHECKED,      "skiff_context_check_hello has judged a first datagram")         \
    X(CLIENT_RANDOM,      "the random of the ClientHello is known")                        \
    X(HANDSHAKING,        "a handshake begins")                                            \
    X(ESTABLISHED,        "the handshake is complete")                                     \
    X(CONNECTED,          "the handshake is complete, and the peer is trusted")            \
    X(CLOSED,             "the association is closed")                                     \
    X(FAILED,             "the association, or its SRTP session, has failed")              \
    X(FLIGHT_BEGUN,       "a flight of ours is complete and may be sent")                  \
    X(FLIGHT_SENT,        "all of a flight is sent")                                       \
    X(FLIGHT_REPEATED,    "a flight will be sent again")                                   \
    X(FLIGHT_ACKNOWLEDGED, "the peer has all of a flight")                                 \
    X(TIMER_SET,          "a timer runs from now on")                                      \
    X(TIMER_FIRED,        "a timer has expired")                                           \
    X(READ_EPOCH,         "records are opened with other keys from now on")                \
    X(WRITE_EPOCH,        "records are sealed with other keys from now on")                \
    X(TICKET,             "a ticket is sent, received or offered")                         \
    X(PATH_CHECK,         "a return routability check goes on (RFC 9853)")                 \
    X(SRTP_SESSION,       "an SRTP session is made")                                       \
    X(RENEWAL,            "a second association begins, to replace the first")             \
    X(RENEWED,            "the second association has replaced the first")                 \
    X(NOT_RENEWED,        "the second association has failed")                             \
    X(STUN_CHECK,         "a STUN check is judged; an agent sends one or gets a response") \
    X(PATH_OPENED,        "the peer can be reached")                                       \
    X(PATH_MOVED,         "the peer is reached on another path from now on")               \
    X(PATH_LOST,          "the path is lost, or another peer has it")                      \
    X(CONSENT_LOST,       "the peer has not refreshed its consent in time")                \
    X(ICE,                "the agent reports an event of its own")
/* clang-format on */

typedef enum skiff_trace_event {
#define X(name, text) SKIFF_TRACE_##name,
    SKIFF_TRACE_LIST(X)
#undef X
} skiff_trace_event;

/** What kind of handle `who` is. */
typedef enum skiff_trace_kind {
    SKIFF_TRACE_OF_CONTEXT,   /**< skiff_context */
    SKIFF_TRACE_OF_DTLS,      /**< skiff_dtls */
    SKIFF_TRACE_OF_TRANSPORT, /**< skiff_transport */
    SKIFF_TRACE_OF_PORT,      /**< skiff_port */
    SKIFF_TRACE_OF_PEER,      /**< skiff_peer */
    SKIFF_TRACE_OF_ICE        /**< skiff_ice */
} skiff_trace_kind;

/**
 * One event. docs/trace.md lists the fields of each event. A field that an event does not
 * have is 0 or NULL, and `due` may also be SKIFF_NEVER.
 */
typedef struct skiff_trace {
    skiff_trace_event event;
    skiff_trace_kind kind;
    const void *who;   /**< the handle */
    const void *owner; /**< a handle to which `who` belongs: the user pointer of a DTLS
                            end or a transport, or the port of a peer. For an agent it
                            is the agent's transport. It may be NULL. */
    skiff_time when;   /**< the latest time that the handle was given */
    const char *what;  /**< a name or a reason; static */
    uint64_t number;   /**< of a record: sequence_number (RFC 9147 section 4) */
    uint64_t path;     /**< the caller's number of a path */
    skiff_time due;    /**< of a timer */
    uint32_t epoch;    /**< of a record */
    uint32_t type;     /**< of a record, a message, an alert; a version; an SRTP profile */
    uint32_t seq;      /**< message_seq of a handshake message */
    uint32_t offset;   /**< of a fragment in its message */
    uint32_t length;   /**< bytes */
    uint32_t count;    /**< how many, or how many bytes in all */
} skiff_trace;

/**
 * The type of a trace callback. It is called for each event, on the thread of the call that
 * causes the event.
 *
 * Owns:   the event is valid until the callback returns; `what` stays valid.
 * Shape:  the callback must not call a function on the handle, nor on another handle of the
 *         same context.
 */
typedef void skiff_trace_fn(void *user, const skiff_trace *event);

/** Returns the name of an event, such as "RECORD_IN", or "?". Static, never NULL. */
SKIFF_API const char *skiff_trace_name(skiff_trace_event event);

/** Returns what an event means, as one English line, or "?". Static, never NULL. */
SKIFF_API const char *skiff_trace_text(skiff_trace_event event);

/** Returns the name of a kind of handle, such as "dtls", or "?". Static, never NULL. */
SKIFF_API const char *skiff_trace_kind_name(skiff_trace_kind kind);

#ifdef __cplusplus
}
#endif
#endif
