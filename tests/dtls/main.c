#include "../suite.h"

#define SUITES(X)                                                                          \
    X(script) X(flight) X(join) X(inbox) X(record) X(peer) X(settings) X(transcript)       \
    X(cookie) X(hello) X(early) X(time) X(agreement) X(trust) X(role) X(close)             \
    X(forged) X(damage) X(answer) X(rooms) X(browser) X(resend) X(capture)                 \
    X(exporter) X(heap) X(omit) X(late) X(auth) X(handshake)

#define DECLARE(name) extern CU_TestInfo name##_tests[];
SUITES(DECLARE)

#define LINE(name) { #name, NULL, NULL, NULL, NULL, name##_tests },

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = { SUITES(LINE) CU_SUITE_INFO_NULL };

    return suite_main(suites, argc, argv);
}
