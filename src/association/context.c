/* context.c - makes and frees what the associations of one thread share. */
#include "association/context.h"

#include "base/memory.h"
#include "association/association_state.h"
#include "wire/auth.h"

/* RFC 5246 section 7.4.2: the list of our chain. */
static void write_certificate12(const skiff_identity *identity, struct walk *w)
{
    struct asn1_cert entry;
    struct walk_block list = walk_open(w, 3);

    for (size_t i = 0; entry.der = skf_identity_certificate(identity, i), entry.der.len > 0;
         i++)
        asn1_cert(w, &entry);
    walk_close(w, list);
}

/* RFC 8446 section 4.4.2: a context that is empty in the handshake, entries with
 * extensions. */
static void write_certificate13(const skiff_identity *identity, struct walk *w)
{
    struct certificate_entry entry = { .extensions = { NULL, 0 } };
    skiff_bytes no_context = { NULL, 0 };

    walk_vec(w, &no_context, 0, 255);
    struct walk_block list = walk_open(w, 3);
    for (size_t i = 0;
         entry.cert_data = skf_identity_certificate(identity, i), entry.cert_data.len > 0;
         i++)
        certificate_entry(w, &entry);
    walk_close(w, list);
}

typedef void write_certificate(const skiff_identity *identity, struct walk *w);
static write_certificate *const write_forms[2] = { write_certificate12,
                                                   write_certificate13 };

static skiff_status encode_certificate(skiff_context *context, int form)
{
    const skiff_identity *identity = context->settings.identity;
    struct walk counter = walk_counter();

    write_forms[form](identity, &counter);
    if (counter.failed || counter.at > context->settings.max_message)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT,
                                      "max_message: the certificates of identity take ",
                                      counter.at, " bytes");
    context->certificate_lens[form] = counter.at;
    context->certificates[form] = skf_acquire(context->memory, counter.at);
    if (context->certificates[form] == NULL)
        return SKIFF_ERR_MEMORY;

    struct walk writer = walk_writer(context->certificates[form], counter.at);
    write_forms[form](identity, &writer);
    return SKIFF_OK; /* as many bytes as were counted are written */
}

/* A context without a key gets one of its own. */
static bool set_ticket_key(skiff_context *context, skiff_bytes key)
{
    if (!context->settings.tickets)
        return true;
    if (key.len == 0)
        return skf_random(context->ticket_key, TICKET_KEY);
    memcpy(context->ticket_key, key.ptr, TICKET_KEY);
    return true;
}

/* Contexts that are made alike must not repeat themselves alike. */
static bool seed_jitter(skiff_context *context)
{
    uint64_t seed = context->settings.resend_jitter;

    context->jitter.is_off = seed == SKIFF_NO_JITTER;
    context->jitter.state = seed;
    if (seed != 0)
        return true;
    return skf_random((uint8_t *)&context->jitter.state, sizeof context->jitter.state);
}

static skiff_status build_parts(skiff_context *context)
{
    skiff_status status = skf_names_copy(&context->settings.names, context->memory);

    if (status == SKIFF_OK)
        status = encode_certificate(context, 0);
    if (status == SKIFF_OK)
        status = encode_certificate(context, 1);
    if (status == SKIFF_OK)
        status =
            skf_crypto_new(context->memory, context->settings.identity, &context->crypto);
    if (status == SKIFF_OK && !skf_transcript_new(&context->judging.transcript))
        status = SKIFF_ERR_CRYPTO;
    if (status == SKIFF_OK)
        status =
            skf_slots_new(&context->slots, context->memory,
                          context->settings.max_handshakes, context->settings.max_message);
    return status;
}

skiff_status skiff_context_new(const skiff_context_config *config, skiff_context **context)
{
    struct settings settings;

    if (config == NULL || context == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "config, context: must not be NULL");
    if (config->size != sizeof *config)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "size: not what skiff_context_defaults sets");

    skiff_status status = skf_settings_from(config, &settings);
    if (status != SKIFF_OK)
        return status;

    skiff_context *made = skf_acquire(config->memory, sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->memory = config->memory;
    made->pool = config->pool;
    made->settings = settings;
    skf_wheel_init(&made->wheel, 0);
    status = seed_jitter(made) && set_ticket_key(made, config->ticket_key)
               ? build_parts(made)
               : SKIFF_ERR_CRYPTO;
    if (status != SKIFF_OK) {
        skiff_context_free(made);
        return status;
    }
    *context = made;
    return SKIFF_OK;
}

void skiff_context_free(skiff_context *context)
{
    if (context == NULL)
        return;
    skf_slots_free(&context->slots, context->memory);
    skf_transcript_free(&context->judging.transcript);
    skf_crypto_free(context->crypto);
    for (int i = 0; i < 2; i++)
        skf_release(context->memory, context->certificates[i],
                    context->certificate_lens[i]);
    skf_names_free(&context->settings.names, context->memory);
    skf_release(context->memory, context, sizeof *context);
}

bool skiff_context_has_rrc(const skiff_context *context)
{
    return context->settings.rrc != SKIFF_RRC_OFF;
}

skiff_pool *skiff_context_pool(const skiff_context *context)
{
    return context->pool;
}

const skiff_allocator *skiff_context_memory(const skiff_context *context)
{
    return context->memory;
}

skiff_trace_fn *skiff_context_trace(const skiff_context *context, void **user)
{
    *user = context->settings.user;
    return context->settings.trace;
}

skiff_status skiff_context_claim(skiff_context *context)
{
    if (context == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "context: must not be NULL");
    if (context->claimed)
        return skiff_fault_set(SKIFF_ERR_STATE, "context: a port has it for itself");
    if (context->handles > 0)
        return skiff_fault_set_number(SKIFF_ERR_STATE, "context: ", context->handles,
                                      " handles made from it are there");
    context->claimed = true;
    return SKIFF_OK;
}

void skiff_context_unclaim(skiff_context *context)
{
    context->claimed = false;
}

void skiff_context_admit(skiff_context *context, bool admits)
{
    context->admits = admits;
}

skiff_time skiff_context_deadline(const skiff_context *context)
{
    return skf_wheel_deadline(&context->wheel);
}

skiff_dtls *skiff_dtls_due(skiff_context *context, skiff_time now)
{
    return (skiff_dtls *)skf_wheel_due(&context->wheel, now);
}
