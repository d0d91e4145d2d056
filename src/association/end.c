/* end.c - the end of an association. */
#include "association/end.h"

#include "association/context.h"
#include "association/epoch.h"
#include "association/trace.h"

void skf_drop_slot(struct skiff_dtls *dtls)
{
    if (dtls->slot == NULL)
        return;
    if (dtls->datagram.held) { /* what is left of it lies in the slot */
        dtls->datagram.held = false;
        dtls->datagram.remaining = 0;
        dtls->datagram.fragments = (skiff_bytes){ NULL, 0 };
    }
    skf_slot_release(&dtls->context->slots, dtls->slot);
    dtls->slot = NULL;
}

void skf_queue_alert(struct skiff_dtls *dtls, uint8_t level, uint8_t description)
{
    dtls->alert_pending = true;
    dtls->alert_is_fatal = level == ALERT_FATAL;
    dtls->alert = description;
}

static void end(struct skiff_dtls *dtls, uint8_t events)
{
    skf_drop_slot(dtls);
    skf_forget_previous_keys(dtls);
    skf_flight_clear(&dtls->flight);
    dtls->ack_due = SKIFF_NEVER;
    begin_datagram(dtls, (struct incoming_datagram){ 0 });
    dtls->phase = ENDED;
    dtls->events = events;
    TRACE(dtls, .event = events == EVENT_FAILED ? SKIFF_TRACE_FAILED : SKIFF_TRACE_CLOSED,
          .what = dtls->failure.what, .type = (uint32_t)dtls->failure.alert,
          .count = dtls->failure.from_peer);
}

void skf_end_failed(struct skiff_dtls *dtls)
{
    if (dtls->failure.alert != ALERT_NONE && !dtls->failure.from_peer)
        skf_queue_alert(dtls, ALERT_FATAL, (uint8_t)dtls->failure.alert);
    end(dtls, EVENT_FAILED);
}

void skf_fail(struct skiff_dtls *dtls, int alert, const char *what, const char *spec)
{
    skf_failure_set(&dtls->failure, (skiff_failure){ .status = SKIFF_ERR_FAILED,
                                                     .alert = alert,
                                                     .what = what,
                                                     .spec = spec });
    skf_end_failed(dtls);
}

void skf_drop_malformed_record(struct skiff_dtls *dtls, const struct incoming *record,
                               const char *what)
{
    DROP_RECORD(dtls, drop_malformed, record);
    if (record->epoch != 0 && protocol_of(dtls)->is_strict)
        skf_fail(dtls, ALERT_DECODE_ERROR, what, "RFC 8446 6");
}

void skf_end_if_refused(struct skiff_dtls *dtls)
{
    skiff_failure refusal = skf_peer_identity_refusal(&dtls->peer_identity);

    if (!has_failed(&refusal))
        return;
    skf_failure_set(&dtls->failure, refusal);
    skf_end_failed(dtls);
}

void skf_fail_too_long(struct skiff_dtls *dtls)
{
    skf_fail(dtls, ALERT_ILLEGAL_PARAMETER, "handshake: a message longer than max_message",
             "RFC 9147 5.2");
}

void skf_fail_crypto(struct skiff_dtls *dtls, const char *what, const char *spec)
{
    skf_failure_set(&dtls->failure, (skiff_failure){ .status = SKIFF_ERR_CRYPTO,
                                                     .alert = ALERT_INTERNAL_ERROR,
                                                     .what = what,
                                                     .spec = spec });
    skf_end_failed(dtls);
}

void skf_end_closed(struct skiff_dtls *dtls, bool by_us, const char *what, const char *spec)
{
    skf_failure_set(&dtls->failure, (skiff_failure){ .status = SKIFF_ERR_CLOSED,
                                                     .alert = ALERT_CLOSE_NOTIFY,
                                                     .from_peer = !by_us,
                                                     .what = what,
                                                     .spec = spec });
    skf_queue_alert(dtls, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
    end(dtls, EVENT_CLOSED);
}
