# report.awk - makes a table and a flat JSON object (-v json=FILE) of lines of "name value".
#
# Names that end in _us are microseconds of this machine: they are shown, but are no result.
NF == 2 && $2 ~ /^-?[0-9.]+$/ {
    value[$1] = $2
    names[++num] = $1
}

# A value as it is shown: ratios with three places, counts with none.
function shown(name)
{
    if (!(name in value))
        return "-"
    return sprintf(name ~ /_x_/ ? "%.3f" : "%.0f", value[name])
}

function line(text, ours, libssl, gnutls, bar, verdict)
{
    printf "  %-44s %8s %8s %8s %8s  %s\n", text, ours, libssl, gnutls, bar, verdict
}

# A row about us alone has "" for the peers. A bar is the most that a value may be.
function row(text, ours, libssl, gnutls, bar,    verdict)
{
    if (!(ours in value)) {
        missing = missing " " ours
        verdict = "not measured"
    } else if (bar != "") {
        verdict = value[ours] + 0 <= bar ? "holds" : "DOES NOT HOLD"
    }
    line(text, shown(ours), shown(libssl), shown(gnutls), bar, verdict)
}

function srtp(text, profile)
{
    row(text ", 1200 bytes", "srtp_" profile "_1200_x_floor", "", "", 1.15)
    row(text ", 100 bytes", "srtp_" profile "_100_x_floor", "", "", 1.35)
}

function write_json(    i, between)
{
    printf "{" > json
    for (i = 1; i <= num; i++)
        if (names[i] !~ /_us$/) {
            printf "%s\n  \"%s\": %s", between, names[i], value[names[i]] + 0 > json
            between = ","
        }
    print "\n}" > json
}

END {
    # Of either version.
    if ("dtls12_heap_bytes" in value && "dtls13_heap_bytes" in value) {
        value["dtls_heap_bytes"] = value["dtls12_heap_bytes"] > value["dtls13_heap_bytes"] \
            ? value["dtls12_heap_bytes"] : value["dtls13_heap_bytes"]
        names[++num] = "dtls_heap_bytes"
    }
    line("DTLS 1.2, client and server together", "skiff", "libssl", "GnuTLS", "at most", "")
    row("X25519, CPU / " shown("floor12_us") " us of public keys", "handshake12_x_floor",
        "libssl12_x_floor", "gnutls12_x_floor", 1.35)
    row("P-256, CPU / " shown("floor12_p256_us") " us of public keys",
        "handshake12_p256_x_floor", "libssl12_p256_x_floor", "gnutls12_p256_x_floor", "")
    row("datagrams, both ways", "handshake12_datagrams", "libssl12_datagrams",
        "gnutls12_datagrams", 4)
    row("mallocs of the library's own", "handshake12_mallocs_skiff", "", "", 0)
    row("mallocs of libcrypto, or of all", "handshake12_mallocs_libcrypto", "libssl12_mallocs",
        "gnutls12_mallocs", 300)
    row("heap of an established side, bytes", "dtls_heap_bytes", "libssl_heap_bytes",
        "gnutls_heap_bytes", 1024)

    print ""
    line("DTLS 1.3, client and server together", "skiff", "", "", "at most", "")
    row("X25519, CPU / public keys", "handshake13_x_floor", "", "", 1.45)
    row("P-256, CPU / public keys", "handshake13_p256_x_floor", "", "", "")
    row("datagrams, both ways", "handshake13_datagrams", "", "", "")
    row("mallocs of skiff's own", "handshake13_mallocs_skiff", "", "", 0)
    row("mallocs of libcrypto", "handshake13_mallocs_libcrypto", "", "", "")

    print ""
    line("SRTP, CPU / raw crypto, worse direction", "skiff", "", "", "at most", "")
    srtp("AES-CM, 80-bit tag", "cm80")
    srtp("AES-CM, 32-bit tag", "cm32")
    srtp("AES-128-GCM", "gcm128")
    srtp("AES-256-GCM", "gcm256")
    row("80-bit tag, 1200 bytes, CPU / stock libsrtp", "srtp_cm80_1200_x_stock", "", "", "")
    row("mallocs per packet", "srtp_mallocs_per_packet", "", "", 0)

    print ""
    line("Timers, a million of them", "skiff", "", "", "at most", "")
    row("arm, move or cancel / a random 64-byte touch", "timer_x_touch", "", "", 4)
    row("the same / touches that overlap", "timer_x_row_touch", "", "", "")
    row("mallocs", "timer_mallocs", "", "", 0)

    write_json()
    if (missing != "") {
        print "\nnot measured:" missing
        exit 1
    }
}
