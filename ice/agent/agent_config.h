/* agent_config.h - what a config of an agent may say. Knows no agent. */
#ifndef SKF_AGENT_CONFIG_H
#define SKF_AGENT_CONFIG_H

#include <skiff/ice.h>

/* Errors: ARGUMENT, with its sentence. */
SKIFF_MUST_USE skiff_status skf_ice_config_check(const skiff_ice_config *config);

#endif
