/* server_pair.c - two ports of a group, and those who call the first. */
#include "server_pair.h"

#include "ice/port/mailbox.h"
#include "suite.h"

#include <unistd.h>

void server_pair_new(struct server_pair *servers)
{
    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &servers->group), SKIFF_OK);
    server_new(&servers->here);
    server_new(&servers->there);
    servers->here.config.group = servers->there.config.group = servers->group;
    servers->here.config.no_steering = servers->there.config.no_steering = true;
}

void server_pair_steer(struct server_pair *servers)
{
    servers->here.config.no_steering = servers->there.config.no_steering = false;
}

void server_pair_join(struct server_pair *servers)
{
    servers->there.config.address = skiff_port_address(servers->here.port);
    server_open(&servers->there);
    servers->here.other = &servers->there;
    servers->there.other = &servers->here;
}

void server_pair_leave(struct server_pair *servers)
{
    skiff_port_free(servers->there.port);
    servers->there.port = NULL;
    servers->here.other = NULL;
}

void server_pair_open(struct server_pair *servers, int callers)
{
    server_open(&servers->here);
    server_pair_join(servers);
    for (int i = 0; i < callers; i++)
        caller_new(&servers->callers[i], &servers->here);
}

void server_pair_close(struct server_pair *servers, int callers)
{
    for (int i = 0; i < callers; i++)
        caller_free(&servers->callers[i]);
    server_free(&servers->here);
    server_free(&servers->there);
    skiff_port_group_free(servers->group);
}

void server_pair_succeed(struct server_pair *servers, const struct caller *before,
                         struct caller *caller)
{
    caller_new(caller, &servers->there);
    close(caller->fd);
    caller->fd = dup(before->fd);
}

uint64_t server_pair_paths(const struct server_pair *servers)
{
    return skf_group_table_used(&skf_group_get_paths(servers->group)->table);
}
