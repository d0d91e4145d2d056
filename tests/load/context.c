/* context.c - the context that both processes have. */
#include "context.h"

/* Two processes on a busy machine answer late; that is no loss. */
enum { FIRST_TIMEOUT = 500 /* milliseconds */ };

skiff_status load_context(const struct options *options, const skiff_identity *me,
                          skiff_pool *pool, enum load_end end, skiff_context **context)
{
    static const skiff_srtp_profile profiles[] = { SKIFF_SRTP_AEAD_AES_128_GCM };
    static const uint16_t groups[] = { 0x001d, 0x0017 }; /* X25519; P-256 to sign by */
    skiff_context_config config = skiff_context_defaults();

    config.identity = me;
    config.max_version = options->max_version;
    config.profiles = profiles;
    config.num_profiles = sizeof profiles / sizeof *profiles;
    config.groups = groups;
    config.num_groups = sizeof groups / sizeof *groups;
    config.max_handshakes = 2 * options->at_once;
    config.initial_timeout = SKIFF_MSEC(FIRST_TIMEOUT);
    config.pool = pool;
    config.trace = options->trace != NULL ? trace_file_write : NULL;
    config.user = &options->ends[end];
    return skiff_context_new(&config, context);
}
