/* trace_name.c - what events of a trace are called. Knows no handle. */
#include <skiff/trace.h>

#define X(name, text) { #name, text },
static const struct {
    const char *name, *text;
} events[] = { SKIFF_TRACE_LIST(X) };
#undef X

static const char *const kinds[] = {
    [SKIFF_TRACE_OF_CONTEXT] = "context",     [SKIFF_TRACE_OF_DTLS] = "dtls",
    [SKIFF_TRACE_OF_TRANSPORT] = "transport", [SKIFF_TRACE_OF_PORT] = "port",
    [SKIFF_TRACE_OF_PEER] = "peer",           [SKIFF_TRACE_OF_ICE] = "ice",
};

static bool is_event(skiff_trace_event event)
{
    return (unsigned)event < sizeof events / sizeof *events;
}

const char *skiff_trace_name(skiff_trace_event event)
{
    return is_event(event) ? events[event].name : "?";
}

const char *skiff_trace_text(skiff_trace_event event)
{
    return is_event(event) ? events[event].text : "?";
}

const char *skiff_trace_kind_name(skiff_trace_kind kind)
{
    return (unsigned)kind < sizeof kinds / sizeof *kinds ? kinds[kind] : "?";
}
