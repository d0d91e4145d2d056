/*
 * succession.h - which generation of a handle carries media, and how long: paths that are
 * found, consent that ends, restarts that take over. Knows no datagrams.
 */
#ifndef SKF_SUCCESSION_H
#define SKF_SUCCESSION_H

#include "agent.h"

/* A restart: from now on the peer is told of another generation. MEMORY. */
skiff_status skf_succession_restart(skiff_ice *ice);

/* Who the peer is, for the newest generation, which must be there: a path is sought. */
void skf_succession_seek(skiff_ice *ice, const char *ufrag, const char *pwd);

/* Each is a step of the drive, in this order; all may call back. */
void skf_succession_bury(skiff_ice *ice, skiff_time now);
void skf_succession_gather(skiff_ice *ice, skiff_time now);
void skf_succession_follow(skiff_ice *ice, skiff_time now);
void skf_succession_consent(skiff_ice *ice, skiff_time now);
void skf_succession_patience(skiff_ice *ice, skiff_time now);

/* When they want to be run. */
skiff_time skf_succession_due(const skiff_ice *ice);

#endif
