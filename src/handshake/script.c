/* script.c - the RFC's figures as tables. */
#include "handshake/script.h"

/* clang-format off */
static bool first_cookie(const struct facts *f)  { return f->cookies >= 1; }
static bool second_cookie(const struct facts *f) { return f->cookies >= 2; }
static bool third_cookie(const struct facts *f)  { return f->cookies >= 3; }
static bool never(const struct facts *f)         { (void)f; return false; }
static bool retry_wanted(const struct facts *f)  { return f->retry_wanted; }
static bool retry_seen(const struct facts *f)    { return f->retry_seen; }
static bool auth_wanted(const struct facts *f)   { return f->auth_wanted; }
static bool auth_requested(const struct facts *f)    { return f->auth_requested; }
static bool full(const struct facts *f)          { return !f->resumed; }
static bool auth_given(const struct facts *f)    { return f->auth_given; }
/* clang-format on */

#define ALWAYS  false, NULL
#define MAY(x)  true, x
#define WHEN(x) false, x
#define SCRIPT(title, lines)                                                               \
  {                                                                                        \
    title, lines, sizeof lines / sizeof lines[0]                                           \
  }

/* RFC 6347 section 4.2.4, figure 1: full handshake. A server whose handle exists has
 * checked the cookie already (skiff_context_check_hello), so it sends no
 * HelloVerifyRequest here. A client follows up to three of them. */
/* clang-format off */
static const struct line dtls12_lines[] = {
    /* sender  message               flight epoch  if */
    { CLIENT,  CLIENT_HELLO,         1,     0,     ALWAYS               },

    { SERVER,  HELLO_VERIFY_REQUEST, 2,     0,     MAY(never)           },
    { CLIENT,  CLIENT_HELLO,         3,     0,     WHEN(first_cookie)   },
    { SERVER,  HELLO_VERIFY_REQUEST, 2,     0,     MAY(never)           },
    { CLIENT,  CLIENT_HELLO,         3,     0,     WHEN(second_cookie)  },
    { SERVER,  HELLO_VERIFY_REQUEST, 2,     0,     MAY(never)           },
    { CLIENT,  CLIENT_HELLO,         3,     0,     WHEN(third_cookie)   },

    { SERVER,  SERVER_HELLO,         4,     0,     ALWAYS               },
    { SERVER,  CERTIFICATE,          4,     0,     ALWAYS               },
    { SERVER,  SERVER_KEY_EXCHANGE,  4,     0,     ALWAYS               },
    { SERVER,  CERTIFICATE_REQUEST,  4,     0,     MAY(auth_wanted)     },
    { SERVER,  SERVER_HELLO_DONE,    4,     0,     ALWAYS               },

    { CLIENT,  CERTIFICATE,          5,     0,     WHEN(auth_requested)     },
    { CLIENT,  CLIENT_KEY_EXCHANGE,  5,     0,     ALWAYS               },
    { CLIENT,  CERTIFICATE_VERIFY,   5,     0,     WHEN(auth_given)     },
    { CLIENT,  CHANGE_CIPHER_SPEC,   5,     0,     ALWAYS               },
    { CLIENT,  FINISHED,             5,     1,     ALWAYS               },

    { SERVER,  CHANGE_CIPHER_SPEC,   6,     0,     ALWAYS               },
    { SERVER,  FINISHED,             6,     1,     ALWAYS               },
};
/* clang-format on */
const struct script skf_dtls12_script = SCRIPT("DTLS 1.2, RFC 6347 figure 1", dtls12_lines);

/* RFC 9147 section 5.7, figures 7 and 8: full handshake with a retry, and what a ticket
 * leaves of it. Epoch 2 is {}, 3 is []. The server's ACK is no line: the client is
 * connected once its Finished is sent, and the ACK only ends its retransmission. */
/* clang-format off */
static const struct line dtls13_lines[] = {
    /* sender  message               flight epoch  if */
    { CLIENT,  CLIENT_HELLO,         1,     0,     ALWAYS               },

    { SERVER,  HELLO_RETRY_REQUEST,  2,     0,     MAY(retry_wanted)    },
    { CLIENT,  CLIENT_HELLO,         3,     0,     WHEN(retry_seen)     },

    { SERVER,  SERVER_HELLO,         4,     0,     ALWAYS               },
    { SERVER,  ENCRYPTED_EXTENSIONS, 4,     2,     ALWAYS               },
    { SERVER,  CERTIFICATE_REQUEST,  4,     2,     MAY(auth_wanted)     },
    { SERVER,  CERTIFICATE,          4,     2,     WHEN(full)           },
    { SERVER,  CERTIFICATE_VERIFY,   4,     2,     WHEN(full)           },
    { SERVER,  FINISHED,             4,     2,     ALWAYS               },

    { CLIENT,  CERTIFICATE,          5,     2,     WHEN(auth_requested)     },
    { CLIENT,  CERTIFICATE_VERIFY,   5,     2,     WHEN(auth_given)     },
    { CLIENT,  FINISHED,             5,     2,     ALWAYS               },
};
/* clang-format on */
const struct script skf_dtls13_script =
    SCRIPT("DTLS 1.3, RFC 9147 figures 7, 8", dtls13_lines);

/* The first line from `at` on that has to be looked at. Of the lines that the facts
 * leave out only those stay that the peer may send. */
static size_t line_from(const struct script_position *position, size_t at)
{
    for (; at < position->script->count; at++) {
        const struct line *l = &position->script->lines[at];
        bool peer_decides = l->is_optional && l->sender != position->role;
        if (l->condition == NULL || peer_decides || l->condition(position->facts))
            break;
    }
    return at;
}

const struct line *skf_script_next(struct script_position *position)
{
    position->at = line_from(position, position->at);
    return position->at < position->script->count ? &position->script->lines[position->at]
                                                  : NULL;
}

enum next_turn skf_script_turn(struct script_position *position)
{
    const struct line *l = skf_script_next(position);

    if (l == NULL)
        return TURN_OVER;
    return l->sender == position->role ? TURN_SEND : TURN_RECEIVE;
}

const struct line *skf_script_send(struct script_position *position)
{
    const struct line *l = skf_script_next(position);

    if (l == NULL || l->sender != position->role)
        return NULL;
    position->at++;
    return l;
}

const struct line *skf_script_find(const struct script_position *position, enum msg m)
{
    for (size_t at = line_from(position, position->at); at < position->script->count;
         at = line_from(position, at + 1)) {
        const struct line *l = &position->script->lines[at];
        if (l->sender == position->role)
            return NULL;
        if (l->msg == m)
            return l;
        if (!l->is_optional)
            return NULL; /* a message that has to be sent was not */
    }
    return NULL;
}

void skf_script_received(struct script_position *position, enum msg m)
{
    const struct line *line = skf_script_find(position, m);

    if (line != NULL)
        position->at = (size_t)(line - position->script->lines) + 1;
}

void skf_script_resume(struct script_position *position, enum msg m)
{
    size_t at = 0;

    while (at < position->script->count && position->script->lines[at].msg != m)
        at++;
    position->at = at + 1;
}

#define NAME(m) [m] = #m
const char *const skf_msg_names[MSG_COUNT] = {
    NAME(CLIENT_HELLO),
    NAME(HELLO_VERIFY_REQUEST),
    NAME(HELLO_RETRY_REQUEST),
    NAME(SERVER_HELLO),
    NAME(ENCRYPTED_EXTENSIONS),
    NAME(CERTIFICATE),
    NAME(SERVER_KEY_EXCHANGE),
    NAME(CERTIFICATE_REQUEST),
    NAME(SERVER_HELLO_DONE),
    NAME(CLIENT_KEY_EXCHANGE),
    NAME(CERTIFICATE_VERIFY),
    NAME(CHANGE_CIPHER_SPEC),
    NAME(FINISHED),
};
