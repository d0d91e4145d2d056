/* alert.c - alerts that come: which of them end anything. */
#include "dtls/alert.h"

#include "dtls/conversation.h"
#include "wire/control.h"

/* A client of 1.3 that took a ServerHello hears the server's alerts under its keys. */
static bool may_be_plain(const struct skiff_dtls *dtls)
{
    return dtls->phase == HANDSHAKING && dtls->room != NULL
        && (dtls->role != SKIFF_ROLE_ACTIVE || dtls->hears_epoch == 0);
}

/* In plaintext anybody can say it: a fatal one is remembered, see fire_timers. */
static void take_plain_alert(struct skiff_dtls *dtls, const struct alert *alert)
{
    struct plain_alert *heard;

    count(&dtls->counters.drop_alert);
    if (!may_be_plain(dtls) || alert->level != ALERT_FATAL)
        return;
    heard = &dtls->room->plain_alert;
    if (!heard->unanswered)
        *heard = (struct plain_alert){ .number = alert->description, .unanswered = true,
                                       .due = SKIFF_NEVER };
}

void take_alert(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct alert alert;

    if (!alert_read(&alert, (skiff_bytes){ record->body, record->len })) {
        count(&dtls->counters.drop_malformed);
    } else if (record->epoch == 0) {
        take_plain_alert(dtls, &alert);
    } else if (alert.description == ALERT_CLOSE_NOTIFY) {
        end_closed(dtls, false, "alert: the peer said close_notify", "RFC 5246 7.2.1");
    } else if (alert.level == ALERT_FATAL
               || (record->unified && alert.description != ALERT_USER_CANCELED)) {
        fail_with(&dtls->failure,
                  (skiff_failure){ .status = SKIFF_ERR_FAILED, .alert = alert.description,
                                   .from_peer = true, .what = "alert: the peer ended it",
                                   .spec = "RFC 5246 7.2.2" });
        end_failed(dtls);
    } else {
        count(&dtls->counters.drop_alert);
    }
}
