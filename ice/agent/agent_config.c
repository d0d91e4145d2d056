/* agent_config.c - which configs of an agent are valid. Knows no agent. */
#include "agent_config.h"

#include "remote_candidates.h"
#include "server_uri.h"

#include <glib.h>

static skiff_status check_addresses(const skiff_ice_config *config)
{
    NiceAddress address;

    if (config->addresses == NULL && config->num_addresses > 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "addresses: NULL, and num_addresses is not 0");
    for (size_t i = 0; i < config->num_addresses; i++)
        if (config->addresses[i] == NULL
            || !nice_address_set_from_string(&address, config->addresses[i]))
            return skiff_fault_set_text(SKIFF_ERR_ARGUMENT, "addresses: \"",
                                        config->addresses[i],
                                        "\" is no address of IPv4 or IPv6");
    return SKIFF_OK;
}

/* With the text of skiff_ice_server_fault. */
static skiff_status refuse_server(const char *server, const char *fault)
{
    char before[128];

    g_snprintf(before, sizeof before, "servers: %s: \"", fault);
    return skiff_fault_set_text(SKIFF_ERR_ARGUMENT, before, server, "\"");
}

static skiff_status check_servers(const skiff_ice_config *config)
{
    struct server server;

    if (config->servers == NULL && config->num_servers > 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "servers: NULL, and num_servers is not 0");
    for (size_t i = 0; i < config->num_servers; i++) {
        const char *fault = skf_server_read(config->servers[i], &server);
        if (fault != NULL)
            return refuse_server(config->servers[i], fault);
        if (server.turn && (config->turn_user == NULL || config->turn_password == NULL))
            return skiff_fault_set_text(SKIFF_ERR_ARGUMENT,
                                        "turn_user, turn_password: required for \"",
                                        config->servers[i], "\"");
    }
    return SKIFF_OK;
}

static skiff_status check_values(const skiff_ice_config *config)
{
    if (config->lite && config->controlling)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "lite, controlling: not both (RFC 8445 6.1.1)");
    if (config->max_pairs > MAX_PAIRS)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "max_pairs: ", config->max_pairs,
                                      " are over 180");
    if (config->last_port != 0 && config->last_port < config->first_port)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "last_port: less than first_port");
    return SKIFF_OK;
}

static skiff_status check_required(const skiff_ice_config *config)
{
    if (config == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "config: must not be NULL");
    if (config->size != sizeof *config)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "size: not what skiff_ice_defaults sets");
    if (config->context == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "context: required");
    if (skiff_context_has_rrc(config->context))
        return skiff_fault_set(SKIFF_ERR_ARGUMENT,
                               "context: rrc is off where ICE moves peers (RFC 9853 3.1)");
    if (config->pool == NULL && skiff_context_pool(config->context) == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "pool: required here or in the context");
    return SKIFF_OK;
}

skiff_status skf_ice_config_check(const skiff_ice_config *config)
{
    skiff_status status = check_required(config);

    if (status == SKIFF_OK)
        status = check_values(config);
    if (status == SKIFF_OK)
        status = check_addresses(config);
    if (status == SKIFF_OK)
        status = check_servers(config);
    return status;
}
