/* agent_config.h - which configs of an agent are valid. Knows no agent. */
#ifndef SKF_AGENT_CONFIG_H
#define SKF_AGENT_CONFIG_H

#include <skiff/ice.h>

/* Errors: ARGUMENT, with its reason. */
SKIFF_MUST_USE skiff_status skf_ice_config_check(const skiff_ice_config *config);

#endif
