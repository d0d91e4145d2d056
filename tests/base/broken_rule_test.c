/* broken_rule_test.c - what is said of each rule of pools and packets that is broken. */
#include "../rule.h"
#include "../suite.h"

#include <skiff/packet.h>

static void rules_of_pools(void)
{
    skiff_pool_config config = skiff_pool_defaults();
    skiff_pool *pool;

    BREAKS(skiff_pool_new(NULL, &pool), SKIFF_ERR_ARGUMENT,
           "config, pool: must not be NULL");
    BREAKS(skiff_pool_new(&config, NULL), SKIFF_ERR_ARGUMENT,
           "config, pool: must not be NULL");
    config.size = 1;
    BREAKS(skiff_pool_new(&config, &pool), SKIFF_ERR_ARGUMENT,
           "size: not what skiff_pool_defaults sets");
    config = skiff_pool_defaults();
    config.limit = 65536;
    BREAKS(skiff_pool_new(&config, &pool), SKIFF_ERR_ARGUMENT,
           "limit: 65,536 is over 65,535");
    config.limit = 65535;
    config.packets = UINT32_MAX;
    if (SIZE_MAX == UINT32_MAX)
        BREAKS(skiff_pool_new(&config, &pool), SKIFF_ERR_ARGUMENT,
               "packets: 4,294,967,295 take more bytes than there are addresses");
}

static void rules_of_packets(void)
{
    uint8_t memory[SKIFF_TAIL] = { 0 };
    skiff_packet packet;

    BREAKS(skiff_packet_wrap(NULL, 0, SKIFF_TAIL, &packet), SKIFF_ERR_ARGUMENT,
           "memory, packet: must not be NULL");
    BREAKS(skiff_packet_wrap(memory, 70000, 80000, &packet), SKIFF_ERR_ARGUMENT,
           "len: 70,000 is over 65,535");
    BREAKS(skiff_packet_wrap(memory, 1, SKIFF_TAIL, &packet), SKIFF_ERR_ARGUMENT,
           "space: fewer than SKIFF_TAIL (148) bytes behind the datagram");
}

CU_TestInfo broken_rule_tests[] = {
    TEST(rules_of_pools),
    TEST(rules_of_packets),
    CU_TEST_INFO_NULL,
};
