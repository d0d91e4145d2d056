/* sessions.c - what signalling keeps of each session. */
#include "sessions.h"

#include <glib.h>
#include <openssl/rand.h>

#include <stdlib.h>

struct sessions {
    GHashTable *by_id;
};

struct sessions *sessions_new(void)
{
    struct sessions *sessions = calloc(1, sizeof *sessions);

    if (sessions != NULL)
        sessions->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free);
    return sessions;
}

void sessions_free(struct sessions *sessions)
{
    if (sessions == NULL)
        return;
    g_hash_table_destroy(sessions->by_id);
    free(sessions);
}

/* 128 random bits: nobody guesses the path of another's session (RFC 9725 section 5). */
struct session *sessions_add(struct sessions *sessions)
{
    struct session *session = calloc(1, sizeof *session);
    unsigned char bytes[SESSION_ID / 2];

    if (session == NULL || RAND_bytes(bytes, sizeof bytes) != 1) {
        free(session);
        return NULL;
    }
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(session->id + 2 * i, 3, "%02x", bytes[i]);
    g_hash_table_insert(sessions->by_id, session->id, session);
    return session;
}

struct session *sessions_find(struct sessions *sessions, const char *id)
{
    return g_hash_table_lookup(sessions->by_id, id);
}

struct session *sessions_publisher(struct sessions *sessions, const char *stream)
{
    GHashTableIter all;
    gpointer value;

    g_hash_table_iter_init(&all, sessions->by_id);
    while (g_hash_table_iter_next(&all, NULL, &value)) {
        struct session *session = value;

        if (session->publisher && strcmp(session->stream, stream) == 0)
            return session;
    }
    return NULL;
}

void sessions_remove(struct sessions *sessions, struct session *session)
{
    g_hash_table_remove(sessions->by_id, session->id);
}
