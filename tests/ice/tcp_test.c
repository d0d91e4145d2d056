/* tcp_test.c - peers of a port that are behind networks without UDP. */
#include "suite.h"

#include "caller.h"
#include "count.h"
#include "stream.h"

#include "ice/tcp.h"

#include <string.h>
#include <unistd.h>

enum { PLACES = 8 };

/* A port that takes connections, one who calls it, and his connection. */
struct line {
    struct desk   desk;
    struct stream stream;
};

static void open_office(struct office *office, uint32_t connections)
{
    office_new(office);
    office->config.tcp_connections = connections;
    office_open(office);
}

static void line_new(struct line *line)
{
    open_office(&line->desk.office, PLACES);
    caller_new(&line->desk.caller, &line->desk.office);
    caller_use(&line->desk.caller, &line->stream);
}

static void line_free(struct line *line)
{
    desk_free(&line->desk);
    stream_close(&line->stream);
}

static skiff_port_counters counters(const struct line *line)
{
    return office_counters(&line->desk.office);
}

/* --- calls ---------------------------------------------------------------------------- */

static void a_check_is_answered_through_its_connection(void)
{
    struct line line;

    line_new(&line);
    CU_ASSERT_TRUE(caller_checks(&line.desk.caller, true));
    CU_ASSERT_TRUE(caller_info(&line.desk.caller).open);
    CU_ASSERT_TRUE(caller_info(&line.desk.caller).tcp);
    CU_ASSERT_EQUAL(counters(&line).tcp_accepted, 1);
    CU_ASSERT_EQUAL(counters(&line).frames_read, 1);
    CU_ASSERT_EQUAL(counters(&line).frames_sent, 1);
    CU_ASSERT_EQUAL(counters(&line).datagrams_sent, 0);
    line_free(&line);
}

static void a_call_is_made_through_a_connection(void)
{
    struct line line;

    line_new(&line);
    caller_connect(&line.desk.caller);
    CU_ASSERT_EQUAL(desk_send(&line.desk, 20), 20);
    caller_speak(&line.desk.caller);
    caller_write(&line.desk.caller, "through TCP");
    office_run(&line.desk.office);
    CU_ASSERT_EQUAL(line.desk.office.told.rtp, 1);
    CU_ASSERT_STRING_EQUAL(line.desk.office.told.data, "through TCP");
    CU_ASSERT_EQUAL(counters(&line).datagrams_sent, 0);
    line_free(&line);
}

CU_TestInfo tcp_tests[] = {
    TEST(a_check_is_answered_through_its_connection),
    TEST(a_call_is_made_through_a_connection),
    CU_TEST_INFO_NULL,
};
