/* context.h - the context that both processes have: what they speak is the same. */
#ifndef LOAD_CONTEXT_H
#define LOAD_CONTEXT_H

#include "options.h"

/* One SRTP profile, AEAD_AES_128_GCM, and X25519; slots for twice as many handshakes as are
 * on their way. The pool may be NULL. */
SKIFF_MUST_USE skiff_status load_context(const struct options *options,
                                         const skiff_identity *me, skiff_pool *pool,
                                         enum load_end end, skiff_context **context);

#endif
