/* alert.c - alerts that come: which of them end anything. */
#include "association/alert.h"

#include "association/end.h"
#include "association/timers.h"
#include "association/trace.h"
#include "wire/control.h"

/* A client of 1.3 that has a ServerHello receives the server's alerts under its keys. */
static bool may_be_plain(const struct skiff_dtls *dtls)
{
    return dtls->phase == HANDSHAKING && dtls->slot != NULL
        && (dtls->role != SKIFF_ROLE_ACTIVE || dtls->read_epoch == 0);
}

/* One in plaintext may be forged: a fatal one is remembered, see timers.h. */
static void receive_plain_alert(struct skiff_dtls *dtls, const struct incoming *record,
                                const struct alert *alert)
{
    DROP_RECORD(dtls, drop_alert, record);
    if (!may_be_plain(dtls) || alert->level != ALERT_FATAL)
        return;
    skf_plain_alert_received(dtls, alert->description);
}

void skf_receive_alert(struct skiff_dtls *dtls, const struct incoming *record)
{
    struct alert alert;

    if (!alert_read(&alert, (skiff_bytes){ record->body, record->len })) {
        skf_drop_malformed_record(dtls, record, "alert: not two bytes");
        return;
    }
    TRACE(dtls, .event = SKIFF_TRACE_ALERT_IN, .epoch = record->epoch,
          .number = record->number, .type = alert.description, .count = alert.level);
    if (record->epoch == 0) {
        receive_plain_alert(dtls, record, &alert);
    } else if (alert.description == ALERT_CLOSE_NOTIFY) {
        skf_end_closed(dtls, false, "alert: the peer sent close_notify",
                       protocol_of(dtls)->spec.closure_alert);
    } else if (alert.level == ALERT_FATAL
               || (protocol_of(dtls)->is_strict
                   && alert.description != ALERT_USER_CANCELED)) {
        skf_failure_set(&dtls->failure,
                        (skiff_failure){ .status = SKIFF_ERR_FAILED,
                                         .alert = alert.description,
                                         .from_peer = true,
                                         .what = "alert: the peer ended it",
                                         .spec = protocol_of(dtls)->spec.error_alert });
        skf_end_failed(dtls);
    } else {
        DROP_RECORD(dtls, drop_alert, record);
    }
}
