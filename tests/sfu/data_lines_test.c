/* data_lines_test.c - text lines from a publisher to its watchers, over SCTP packets that
 * are lost or not, in virtual time. */
#include "samples/sctp/dcep.h"
#include "samples/sctp/sctp_association.h"
#include "samples/sfu/data_lines.h"
#include "day_clock.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

enum { BROWSERS = 8, PACKET = 1200, QUEUED = 8192, CHANNEL = 0 };

struct network;

/* The other end of a session. */
struct browser {
    struct sctp_association association;
    struct network *network;
    struct data_line *line;
    bool up, over, cut; /* cut: no packet reaches it */
    unsigned lines;     /* received, and the last of them: */
    size_t len;
    uint8_t last[DATA_LINES_MESSAGE];
};

struct queued {
    struct browser *browser;
    bool to_browser;
    size_t len;
    uint8_t bytes[PACKET];
};

struct network {
    struct data_lines *lines;
    struct data_lines_counts before;
    struct browser browsers[BROWSERS];
    struct queued queue[QUEUED];
    size_t head, tail;
    uint64_t chance;
    unsigned loss; /* percent */
};

/* --- packets -------------------------------------------------------------------------- */

static bool is_lost(struct network *network)
{
    network->chance = network->chance * 6364136223846793005u + 1442695040888963407u;
    return (network->chance >> 33) % 100 < network->loss;
}

static void queue_packet(struct browser *browser, bool to_browser, const uint8_t *packet,
                         size_t len)
{
    struct network *network = browser->network;
    struct queued *queued = &network->queue[network->tail % QUEUED];

    CU_ASSERT_TRUE_FATAL(len <= PACKET);
    if (is_lost(network) || (to_browser && browser->cut)
        || network->tail - network->head == QUEUED)
        return;
    queued->browser = browser;
    queued->to_browser = to_browser;
    queued->len = len;
    memcpy(queued->bytes, packet, len);
    network->tail++;
}

static void on_line_packet(void *user, void *session, const uint8_t *packet, size_t len)
{
    (void)user;
    queue_packet(session, true, packet, len);
}

static void on_browser_packet(void *user, const uint8_t *packet, size_t len)
{
    queue_packet(user, false, packet, len);
}

static void run(struct network *network, unsigned msec)
{
    for (unsigned at = 0; at < msec; at += SCTP_TICK) {
        for (; network->head != network->tail; network->head++) {
            struct queued *queued = &network->queue[network->head % QUEUED];

            if (queued->to_browser)
                sctp_receive(&queued->browser->association, queued->bytes, queued->len);
            else if (queued->browser->line != NULL)
                data_lines_receive(queued->browser->line, queued->bytes, queued->len);
        }
        day_clock_advance(SCTP_TICK);
        data_lines_tick(network->lines, SCTP_TICK);
    }
}

/* --- browsers ------------------------------------------------------------------------- */

static void on_browser_event(void *user, const struct sctp_event_data *event)
{
    struct browser *browser = user;

    browser->up |= event->kind == SCTP_EVENT_UP;
    browser->over |= event->kind == SCTP_EVENT_OVER;
    if (event->kind != SCTP_EVENT_MESSAGE || event->ppid == DCEP_PPID)
        return;
    browser->lines++;
    browser->len = event->len;
    memcpy(browser->last, event->bytes, event->len);
}

/* One for all tests: usrsctp does not begin anew in a process without leaving something. */
static struct network *shared;

static struct network *network_begin(void)
{
    const struct data_lines_config config = { .send = on_line_packet };
    struct network *network = calloc(1, sizeof *network);

    CU_ASSERT_PTR_NOT_NULL_FATAL(network);
    network->lines = data_lines_new(&config);
    CU_ASSERT_PTR_NOT_NULL_FATAL(network->lines);
    return network;
}

static struct network *network_new(void)
{
    if (shared == NULL)
        shared = network_begin();
    shared->before = data_lines_counts(shared->lines);
    shared->chance = 1;
    shared->loss = 0;
    return shared;
}

static void network_free(struct network *network)
{
    for (size_t i = 0; i < BROWSERS; i++) {
        sctp_stop(&network->browsers[i].association);
        data_lines_close(network->browsers[i].line);
        network->browsers[i].line = NULL;
    }
    network->head = network->tail;
}

static struct data_lines_counts counts_of(const struct network *network)
{
    const struct data_lines_counts *before = &network->before;
    struct data_lines_counts counts = data_lines_counts(network->lines);

    counts.lines -= before->lines;
    counts.sent -= before->sent;
    counts.dropped -= before->dropped;
    counts.refused -= before->refused;
    return counts;
}

static void send_text(struct browser *browser, uint16_t stream, const void *text,
                      size_t len)
{
    const struct sctp_manner manner = { .stream = stream, .ppid = DCEP_PPID_TEXT };

    sctp_send(&browser->association, &manner, text, len);
}

static void open_channel(struct browser *browser, uint16_t stream)
{
    const struct sctp_manner manner = { .stream = stream, .ppid = DCEP_PPID };
    uint8_t open[DCEP_OPEN_HEADER + DCEP_MAX_LABEL];

    sctp_send(&browser->association, &manner, open, dcep_write_open(open, "lines"));
    run(browser->network, 50);
}

static struct browser *browser_of(struct network *network, size_t number)
{
    struct browser *browser = &network->browsers[number];
    const struct sctp_config config = {
        .user = browser,
        .send = on_browser_packet,
        .on_event = on_browser_event,
        .port = 5000,
        .peer_port = DATA_LINES_PORT,
        .streams = 1024,
        .max_packet = PACKET,
        .max_message = sizeof browser->last,
        .max_backlog = 1 << 20,
    };

    browser->network = network;
    browser->up = browser->over = browser->cut = false;
    browser->lines = 0;
    CU_ASSERT_TRUE_FATAL(sctp_start(&browser->association, &config));
    return browser;
}

static struct browser *join_with(struct network *network, size_t number,
                                 struct data_lines_session session)
{
    struct browser *browser = browser_of(network, number);

    session.session = browser;
    session.port = 5000;
    session.max_packet = PACKET;
    browser->line = data_lines_open(network->lines, &session);
    CU_ASSERT_PTR_NOT_NULL_FATAL(browser->line);
    run(network, 3000);
    CU_ASSERT_TRUE(browser->up);
    open_channel(browser, CHANNEL);
    return browser;
}

static struct browser *publish(struct network *network, size_t number, const char *stream)
{
    return join_with(network, number,
                     (struct data_lines_session){ .stream = stream, .publisher = true });
}

static struct browser *watch(struct network *network, size_t number, const char *stream)
{
    return join_with(network, number, (struct data_lines_session){ .stream = stream });
}

static void write_line(struct browser *browser, const char *text)
{
    send_text(browser, CHANNEL, text, strlen(text));
    run(browser->network, 100);
}

static bool has(const struct browser *browser, unsigned lines, const char *last)
{
    return browser->lines == lines
        && (lines == 0
            || (browser->len == strlen(last)
                && memcmp(browser->last, last, browser->len) == 0));
}

/* --- sentences ------------------------------------------------------------------------ */

static void a_line_of_the_publisher_reaches_each_watcher_of_its_stream(void)
{
    struct network *network = network_new();
    struct browser *publisher = publish(network, 0, "a"), *first = watch(network, 1, "a"),
                   *second = watch(network, 2, "a"), *other = watch(network, 3, "b");

    write_line(publisher, "one");
    write_line(publisher, "two");
    CU_ASSERT_TRUE(has(first, 2, "two"));
    CU_ASSERT_TRUE(has(second, 2, "two"));
    CU_ASSERT_TRUE(has(other, 0, ""));
    CU_ASSERT_TRUE(has(publisher, 0, ""));
    CU_ASSERT_EQUAL(counts_of(network).lines, 2);
    CU_ASSERT_EQUAL(counts_of(network).sent, 4);
    network_free(network);
}

static void a_watcher_that_comes_later_gets_no_old_line(void)
{
    struct network *network = network_new();
    struct browser *publisher = publish(network, 0, "a"), *late;

    write_line(publisher, "old");
    late = watch(network, 1, "a");
    CU_ASSERT_TRUE(has(late, 0, ""));
    write_line(publisher, "new");
    CU_ASSERT_TRUE(has(late, 1, "new"));
    network_free(network);
}

static void what_a_watcher_writes_goes_nowhere(void)
{
    struct network *network = network_new();
    struct browser *publisher = publish(network, 0, "a"), *first = watch(network, 1, "a"),
                   *second = watch(network, 2, "a");

    write_line(first, "me too");
    CU_ASSERT_TRUE(has(publisher, 0, ""));
    CU_ASSERT_TRUE(has(second, 0, ""));
    network_free(network);
}

static void a_line_of_64_kb_arrives_whole_though_a_tenth_is_lost(void)
{
    struct network *network = network_new();
    struct browser *publisher = publish(network, 0, "a"), *watcher = watch(network, 1, "a");
    uint8_t line[DATA_LINES_MESSAGE];

    for (size_t i = 0; i < sizeof line; i++)
        line[i] = (uint8_t)('a' + i % 23);
    network->loss = 10;
    send_text(publisher, CHANNEL, line, sizeof line);
    run(network, 60000);
    CU_ASSERT_EQUAL(watcher->lines, 1);
    CU_ASSERT_EQUAL(watcher->len, sizeof line);
    CU_ASSERT_EQUAL(memcmp(watcher->last, line, sizeof line), 0);
    network_free(network);
}

static void a_longer_line_ends_the_association_of_its_writer_alone(void)
{
    struct network *network = network_new();
    struct browser *publisher = publish(network, 0, "a"), *watcher = watch(network, 1, "a");
    uint8_t *line = calloc(1, DATA_LINES_MESSAGE + 1);

    CU_ASSERT_PTR_NOT_NULL_FATAL(line);
    send_text(publisher, CHANNEL, line, DATA_LINES_MESSAGE + 1);
    run(network, 2000);
    CU_ASSERT_EQUAL(counts_of(network).refused, 1);
    CU_ASSERT_TRUE(has(watcher, 0, ""));
    write_line(publisher, "still there?");
    CU_ASSERT_TRUE(has(watcher, 0, ""));
    publisher = publish(network, 2, "a");
    write_line(publisher, "another");
    CU_ASSERT_TRUE(has(watcher, 1, "another"));
    free(line);
    network_free(network);
}

static void a_watcher_that_reads_nothing_loses_lines_and_holds_up_nobody(void)
{
    enum { LINES = 100, LEN = 10000 };
    struct network *network = network_new();
    struct browser *publisher = publish(network, 0, "a"), *slow = watch(network, 1, "a"),
                   *quick = watch(network, 2, "a");
    uint8_t line[LEN] = { 'x' };
    struct data_lines_counts counts;

    slow->cut = true;
    for (int i = 0; i < LINES; i++) {
        send_text(publisher, CHANNEL, line, sizeof line);
        run(network, 200);
    }
    counts = counts_of(network);
    CU_ASSERT_EQUAL(quick->lines, LINES);
    CU_ASSERT_EQUAL(counts.lines, LINES);
    CU_ASSERT_TRUE(counts.dropped >= LINES - DATA_LINES_BACKLOG / LEN - 1);
    CU_ASSERT_EQUAL(counts.sent + counts.dropped, 2 * LINES);
    network_free(network);
}

static void a_line_longer_than_a_watcher_reads_is_dropped_for_it(void)
{
    struct network *network = network_new();
    struct browser *publisher = publish(network, 0, "a"), *small;

    small = join_with(network, 1,
                      (struct data_lines_session){ .stream = "a", .max_message = 5 });
    write_line(publisher, "123456");
    CU_ASSERT_TRUE(has(small, 0, ""));
    CU_ASSERT_EQUAL(counts_of(network).dropped, 1);
    write_line(publisher, "12345");
    CU_ASSERT_TRUE(has(small, 1, "12345"));
    network_free(network);
}

static void a_channel_that_was_closed_gets_nothing_and_can_be_opened_again(void)
{
    struct network *network = network_new();
    struct browser *publisher = publish(network, 0, "a"), *watcher = watch(network, 1, "a");

    CU_ASSERT_TRUE(sctp_reset(&watcher->association, CHANNEL));
    run(network, 200);
    write_line(publisher, "nobody");
    CU_ASSERT_TRUE(has(watcher, 0, ""));
    open_channel(watcher, CHANNEL);
    write_line(publisher, "back");
    CU_ASSERT_TRUE(has(watcher, 1, "back"));
    network_free(network);
}

static void lines_on_a_channel_that_was_not_opened_go_nowhere(void)
{
    static const uint8_t malformed[] = { DCEP_OPEN, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 'x' };
    const struct sctp_manner control = { .stream = 4, .ppid = DCEP_PPID };
    struct network *network = network_new();
    struct browser *publisher = publish(network, 0, "a"), *watcher = watch(network, 1, "a");

    sctp_send(&publisher->association, &control, malformed, sizeof malformed);
    send_text(publisher, 4, "hidden", 6);
    run(network, 200);
    CU_ASSERT_TRUE(has(watcher, 0, ""));
    write_line(publisher, "shown");
    CU_ASSERT_TRUE(has(watcher, 1, "shown"));
    network_free(network);
}

static void sessions_come_and_go(void)
{
    struct network *network = network_new();
    struct browser *publisher = publish(network, 0, "a");

    for (unsigned i = 0; i < suite_rounds(50); i++) {
        struct browser *watcher = watch(network, 1 + i % 7, "a");

        write_line(publisher, "hello");
        CU_ASSERT_TRUE(has(watcher, 1, "hello"));
        data_lines_close(watcher->line);
        watcher->line = NULL;
        run(network, 20);
        CU_ASSERT_TRUE(watcher->over);
        sctp_stop(&watcher->association);
    }
    network_free(network);
}

static void packets_of_an_attacker_end_nothing_but_its_association(void)
{
    struct network *network = network_new();
    struct browser *publisher = publish(network, 0, "a"), *watcher = watch(network, 1, "a"),
                   *attacker = watch(network, 2, "a");
    uint8_t packet[PACKET];

    for (unsigned i = 0; i < suite_rounds(20000); i++) {
        size_t len = i % sizeof packet;

        for (size_t at = 0; at < len; at++)
            packet[at] = (uint8_t)(is_lost(network), network->chance >> 40);
        data_lines_receive(attacker->line, packet, len);
    }
    write_line(publisher, "quiet here");
    CU_ASSERT_TRUE(has(watcher, 1, "quiet here"));
    network_free(network);
}

/* The last test: nothing is left, which the sanitizers see. */
static void what_is_open_is_closed_at_the_end(void)
{
    struct network *network = network_new();

    publish(network, 0, "a");
    watch(network, 1, "a");
    for (size_t i = 0; i < BROWSERS; i++)
        sctp_stop(&network->browsers[i].association);
    data_lines_free(network->lines);
    shared = NULL;
    free(network);
}

CU_TestInfo data_lines_tests[] = {
    TEST(a_line_of_the_publisher_reaches_each_watcher_of_its_stream),
    TEST(a_watcher_that_comes_later_gets_no_old_line),
    TEST(what_a_watcher_writes_goes_nowhere),
    TEST(a_line_of_64_kb_arrives_whole_though_a_tenth_is_lost),
    TEST(a_longer_line_ends_the_association_of_its_writer_alone),
    TEST(a_watcher_that_reads_nothing_loses_lines_and_holds_up_nobody),
    TEST(a_line_longer_than_a_watcher_reads_is_dropped_for_it),
    TEST(a_channel_that_was_closed_gets_nothing_and_can_be_opened_again),
    TEST(lines_on_a_channel_that_was_not_opened_go_nowhere),
    TEST(sessions_come_and_go),
    TEST(packets_of_an_attacker_end_nothing_but_its_association),
    TEST(what_is_open_is_closed_at_the_end),
    CU_TEST_INFO_NULL,
};
