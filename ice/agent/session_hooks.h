/* session_hooks.h - the callbacks of one session. skf_ice_session_retire disconnects
 * them. */
#ifndef SKF_SESSION_HOOKS_H
#define SKF_SESSION_HOOKS_H

#include "ice_session.h"

/* From here on libnice and the main context call back for this session. */
void skf_session_hooks_attach(struct ice_session *session);

#endif
