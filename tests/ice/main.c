#include "loopback.h"
#include "suite.h"

extern CU_TestInfo address_tests[];
extern CU_TestInfo agent_tests[];
extern CU_TestInfo candidate_tests[];
extern CU_TestInfo consent_tests[];
extern CU_TestInfo check_tests[];
extern CU_TestInfo outage_tests[];
extern CU_TestInfo lasting_tests[];
extern CU_TestInfo rebound_tests[];
extern CU_TestInfo restart_tests[];
extern CU_TestInfo finding_tests[];
extern CU_TestInfo backlog_tests[];
extern CU_TestInfo dry_tests[];
extern CU_TestInfo outcomes_tests[];
extern CU_TestInfo networks_tests[];
extern CU_TestInfo remotes_tests[];
extern CU_TestInfo request_tests[];
extern CU_TestInfo port_tests[];
extern CU_TestInfo heap_tests[];
extern CU_TestInfo guests_tests[];
extern CU_TestInfo moves_tests[];
extern CU_TestInfo crowd_tests[];
extern CU_TestInfo share_tests[];
extern CU_TestInfo steering_tests[];
extern CU_TestInfo shared_table_tests[];
extern CU_TestInfo group_tests[];
extern CU_TestInfo path_tests[];
extern CU_TestInfo nominate_tests[];
extern CU_TestInfo follow_tests[];
extern CU_TestInfo repeat_tests[];
extern CU_TestInfo conflict_tests[];
extern CU_TestInfo port_restart_tests[];
extern CU_TestInfo attack_tests[];
extern CU_TestInfo places_tests[];
extern CU_TestInfo name_tests[];
extern CU_TestInfo chosen_tests[];
extern CU_TestInfo traffic_tests[];
extern CU_TestInfo trip_tests[];
extern CU_TestInfo report_time_tests[];
extern CU_TestInfo candidates_tests[];
extern CU_TestInfo unknown_tests[];
extern CU_TestInfo unknown_group_tests[];
extern CU_TestInfo unknown_rate_tests[];
extern CU_TestInfo shared_ufrags_tests[];
extern CU_TestInfo id_tests[];
extern CU_TestInfo routes_tests[];
extern CU_TestInfo stun_tests[];
extern CU_TestInfo server_tests[];
extern CU_TestInfo servers_tests[];
extern CU_TestInfo split_tests[];
extern CU_TestInfo tcp_group_tests[];
extern CU_TestInfo tcp_limits_tests[];
extern CU_TestInfo tcp_tests[];
extern CU_TestInfo teardown_tests[];
extern CU_TestInfo udp_out_tests[];
extern CU_TestInfo udp_tests[];

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = {
        { "address", NULL, NULL, NULL, NULL, address_tests },
        { "agent", NULL, NULL, NULL, NULL, agent_tests },
        { "candidate", NULL, NULL, NULL, NULL, candidate_tests },
        { "finding", NULL, NULL, NULL, NULL, finding_tests },
        { "consent", NULL, NULL, NULL, NULL, consent_tests },
        { "check", NULL, NULL, NULL, NULL, check_tests },
        { "lasting", NULL, NULL, NULL, NULL, lasting_tests },
        { "rebound", NULL, NULL, NULL, NULL, rebound_tests },
        { "restart", NULL, NULL, NULL, NULL, restart_tests },
        { "outage", NULL, NULL, NULL, NULL, outage_tests },
        { "stun", NULL, NULL, NULL, NULL, stun_tests },
        { "routes", NULL, NULL, NULL, NULL, routes_tests },
        { "name", NULL, NULL, NULL, NULL, name_tests },
        { "chosen", NULL, NULL, NULL, NULL, chosen_tests },
        { "traffic", NULL, NULL, NULL, NULL, traffic_tests },
        { "trip", NULL, NULL, NULL, NULL, trip_tests },
        { "report_time", NULL, NULL, NULL, NULL, report_time_tests },
        { "candidates", NULL, NULL, NULL, NULL, candidates_tests },
        { "unknown", NULL, NULL, NULL, NULL, unknown_tests },
        { "unknown_group", NULL, NULL, NULL, NULL, unknown_group_tests },
        { "unknown_rate", NULL, NULL, NULL, NULL, unknown_rate_tests },
        { "shared_ufrags", NULL, NULL, NULL, NULL, shared_ufrags_tests },
        { "id", NULL, NULL, NULL, NULL, id_tests },
        { "path", NULL, NULL, NULL, NULL, path_tests },
        { "nominate", NULL, NULL, NULL, NULL, nominate_tests },
        { "follow", NULL, NULL, NULL, NULL, follow_tests },
        { "places", NULL, NULL, NULL, NULL, places_tests },
        { "port_restart", NULL, NULL, NULL, NULL, port_restart_tests },
        { "attack", NULL, NULL, NULL, NULL, attack_tests },
        { "conflict", NULL, NULL, NULL, NULL, conflict_tests },
        { "repeat", NULL, NULL, NULL, NULL, repeat_tests },
        { "group", NULL, NULL, NULL, NULL, group_tests },
        { "share", NULL, NULL, NULL, NULL, share_tests },
        { "moves", NULL, NULL, NULL, NULL, moves_tests },
        { "steering", NULL, NULL, NULL, NULL, steering_tests },
        { "crowd", NULL, NULL, NULL, NULL, crowd_tests },
        { "shared_table", NULL, NULL, NULL, NULL, shared_table_tests },
        { "guests", NULL, NULL, NULL, NULL, guests_tests },
        { "heap", NULL, NULL, NULL, NULL, heap_tests },
        { "backlog", NULL, NULL, NULL, NULL, backlog_tests },
        { "dry", NULL, NULL, NULL, NULL, dry_tests },
        { "port", NULL, NULL, NULL, NULL, port_tests },
        { "networks", NULL, NULL, NULL, NULL, networks_tests },
        { "request", NULL, NULL, NULL, NULL, request_tests },
        { "remotes", NULL, NULL, NULL, NULL, remotes_tests },
        { "outcomes", NULL, NULL, NULL, NULL, outcomes_tests },
        { "server", NULL, NULL, NULL, NULL, server_tests },
        { "servers", NULL, NULL, NULL, NULL, servers_tests },
        { "split", NULL, NULL, NULL, NULL, split_tests },
        { "tcp_group", NULL, NULL, NULL, NULL, tcp_group_tests },
        { "tcp_limits", NULL, NULL, NULL, NULL, tcp_limits_tests },
        { "tcp", NULL, NULL, NULL, NULL, tcp_tests },
        { "teardown", NULL, NULL, NULL, NULL, teardown_tests },
        { "udp_out", NULL, NULL, NULL, NULL, udp_out_tests },
        { "udp", NULL, NULL, NULL, NULL, udp_tests },
        CU_SUITE_INFO_NULL,
    };
    loopback_stay();
    return suite_main(suites, argc, argv);
}
