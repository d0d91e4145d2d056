/* reports.c - what workers report to signalling: a list of sessions, and a ring
 * of messages, under one lock. */
#include "reports.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct reports {
    pthread_mutex_t lock;
    int fd;
    struct session *first, **end;
    size_t head, num;
    struct reported_data data[REPORTS_DATA];
};

struct reports *reports_new(void)
{
    struct reports *reports = calloc(1, sizeof *reports);

    if (reports == NULL)
        return NULL;
    reports->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (reports->fd < 0 || pthread_mutex_init(&reports->lock, NULL) != 0) {
        if (reports->fd >= 0)
            close(reports->fd);
        free(reports);
        return NULL;
    }
    reports->end = &reports->first;
    return reports;
}

void reports_free(struct reports *reports)
{
    if (reports == NULL)
        return;
    pthread_mutex_destroy(&reports->lock);
    close(reports->fd);
    free(reports);
}

int reports_fd(const struct reports *reports)
{
    return reports->fd;
}

static void wake(const struct reports *reports)
{
    (void)!eventfd_write(reports->fd, 1);
}

/* --- sessions ------------------------------------------------------------------------- */

static void put(struct reports *reports, struct session *session)
{
    if (session->is_reported)
        return;
    session->is_reported = true;
    session->next_report = NULL;
    *reports->end = session;
    reports->end = &session->next_report;
}

void reports_put_connected(struct reports *reports, struct session *session)
{
    pthread_mutex_lock(&reports->lock);
    session->reports_connected = true;
    put(reports, session);
    pthread_mutex_unlock(&reports->lock);
    wake(reports);
}

void reports_put_over(struct reports *reports, struct session *session)
{
    pthread_mutex_lock(&reports->lock);
    session->reports_over = true;
    put(reports, session);
    pthread_mutex_unlock(&reports->lock);
    wake(reports);
}

void reports_begin(struct reports *reports)
{
    eventfd_t value;

    (void)!eventfd_read(reports->fd, &value);
}

void reports_again(struct reports *reports)
{
    wake(reports);
}

static void remove_first(struct reports *reports)
{
    reports->first = reports->first->next_report;
    if (reports->first == NULL)
        reports->end = &reports->first;
}

bool reports_next_session(struct reports *reports, struct reported_session *reported)
{
    pthread_mutex_lock(&reports->lock);
    struct session *session = reports->first;
    if (session != NULL) {
        remove_first(reports);
        *reported = (struct reported_session){ session, session->reports_connected,
                                               session->reports_over };
        session->is_reported = session->reports_connected = session->reports_over = false;
    }
    pthread_mutex_unlock(&reports->lock);
    return session != NULL;
}

void reports_forget(struct reports *reports, struct session *session)
{
    struct session **place;

    pthread_mutex_lock(&reports->lock);
    for (place = &reports->first; *place != NULL; place = &(*place)->next_report)
        if (*place == session) {
            *place = session->next_report;
            if (reports->end == &session->next_report)
                reports->end = place;
            break;
        }
    session->is_reported = false;
    pthread_mutex_unlock(&reports->lock);
}

/* --- messages ------------------------------------------------------------------------- */

bool reports_put_data(struct reports *reports, const struct session *session,
                      skiff_bytes bytes)
{
    bool done = false;

    pthread_mutex_lock(&reports->lock);
    if (reports->num < REPORTS_DATA && bytes.len <= MAX_DATA) {
        struct reported_data *data =
            &reports->data[(reports->head + reports->num++) % REPORTS_DATA];
        memcpy(data->id, session->id, sizeof data->id);
        memcpy(data->bytes, bytes.ptr, bytes.len);
        data->len = bytes.len;
        done = true;
    }
    pthread_mutex_unlock(&reports->lock);
    wake(reports);
    return done;
}

bool reports_next_data(struct reports *reports, struct reported_data *data)
{
    bool found = false;

    pthread_mutex_lock(&reports->lock);
    if (reports->num > 0) {
        *data = reports->data[reports->head];
        reports->head = (reports->head + 1) % REPORTS_DATA;
        reports->num--;
        found = true;
    }
    pthread_mutex_unlock(&reports->lock);
    return found;
}
