/* offices.c - two ports of a group, and those who call the first. */
#include "offices.h"

#include "ice/port/group.h"
#include "suite.h"

#include <unistd.h>

void offices_new(struct offices *offices)
{
    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(2, NULL, &offices->group), SKIFF_OK);
    office_new(&offices->here);
    office_new(&offices->there);
    offices->here.config.group = offices->there.config.group = offices->group;
    offices->here.config.no_steering = offices->there.config.no_steering = true;
}

void offices_steer(struct offices *offices)
{
    offices->here.config.no_steering = offices->there.config.no_steering = false;
}

void offices_join(struct offices *offices)
{
    offices->there.config.address = skiff_port_address(offices->here.port);
    office_open(&offices->there);
    offices->here.also = &offices->there;
    offices->there.also = &offices->here;
}

void offices_leave(struct offices *offices)
{
    skiff_port_free(offices->there.port);
    offices->there.port = NULL;
    offices->here.also = NULL;
}

void offices_open(struct offices *offices, int callers)
{
    office_open(&offices->here);
    offices_join(offices);
    for (int i = 0; i < callers; i++)
        caller_new(&offices->callers[i], &offices->here);
}

void offices_close(struct offices *offices, int callers)
{
    for (int i = 0; i < callers; i++)
        caller_free(&offices->callers[i]);
    office_free(&offices->here);
    office_free(&offices->there);
    skiff_port_group_free(offices->group);
}

void offices_succeed(struct offices *offices, const struct caller *before,
                     struct caller *caller)
{
    caller_new(caller, &offices->there);
    close(caller->fd);
    caller->fd = dup(before->fd);
}

uint64_t offices_paths(const struct offices *offices)
{
    return skf_shared_table_used(&skf_group_paths(offices->group)->table);
}
