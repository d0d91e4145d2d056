# rows.awk - reads the file of rows, then that of values; others show what it has read.
#
# A line of values is "name value", or "machine WHAT: TEXT" of the machine they are of, or
# "skipped WHAT: WHY" of a library, or a section of rows, whose values cannot be there.

# The fields of a line, in field[1] and up; how many.
function split_fields(line)
{
    sub(/^= /, "", line)
    return split(line, field, / *\| */)
}

FILENAME == ARGV[1] && /^= / {
    num_columns[++num_sections] = split_fields($0) - 2
    section_name = field[1]
    section_named[section_name] = num_sections
    name_of_section[num_sections] = section_name
    title[num_sections] = field[2]
    for (i = 1; i <= num_columns[num_sections]; i++)
        column[num_sections, i] = field[i + 2]
    first_row[num_sections] = num_rows + 1
}
FILENAME == ARGV[1] && /^[^=#]/ {
    last_row[num_sections] = ++num_rows
    num = split_fields($0)
    text[num_rows] = field[1]
    part[num_rows] = section_name
    for (; field[num] ~ /^[<>]=/; num--) {
        barred[num_sections] = 1
        bars[num_rows, ++bars_of_row[num_rows]] = field[num]
    }
    for (i = 2; i <= num; i++)
        cell[num_rows, i - 1] = field[i]
}

# Which OpenSSL was measured: then each row has its first bar from the right that is of it, or of any.
FILENAME == ARGV[2] && $1 == "machine" && $2 == "Libraries:" {
    match($0, /OpenSSL [0-9.]+/)
    set_bars(substr($0, RSTART, RLENGTH))
}
function set_bars(openssl,    row, i, on)
{
    for (row = 1; row <= num_rows; row++)
        for (i = bars_of_row[row]; i >= 1; i--) {
            on = index(bars[row, i], " on ")
            if (on > 0 && index(openssl ".", substr(bars[row, i], on + 4) ".") != 1)
                continue
            bar[row] = on > 0 ? substr(bars[row, i], 1, on - 1) : bars[row, i]
            bar_of[cell[row, 1]] = bar[row]
        }
}

FILENAME == ARGV[2] && $1 == "machine" {
    machine[++num_machine] = substr($0, 9)
}
FILENAME == ARGV[2] && $1 == "skipped" {
    machine[++num_machine] = "Not measured: " substr($0, 9)
    sub(/:$/, "", $2)
    skipped[$2] = 1
}
FILENAME == ARGV[2] && NF == 2 && $2 ~ /^-?[0-9.]+$/ {
    add($1, $2)
}

function add(name, what)
{
    if (!(name in value))
        names[++num_names] = name
    value[name] = what
}

function add_ratio(name, a, b)
{
    if (a in value && b in value)
        add(name, value[a] / value[b])
}

function add_larger(name, a, b)
{
    if (a in value && b in value)
        add(name, value[a] > value[b] ? value[a] : value[b])
}

function add_smaller(name, a, b)
{
    if (a in value && b in value)
        add(name, value[a] < value[b] ? value[a] : value[b])
}

function add_sum(name, a, b)
{
    if (a in value && b in value)
        add(name, value[a] + value[b])
}

# What follows from the measured: of skiff's versions of DTLS the worse one counts.
function derive(    i, profile, peer)
{
    add_larger("dtls_heap_bytes", "dtls12_heap_bytes", "dtls13_heap_bytes")
    add_larger("handshake_x_floor", "handshake12_x_floor", "handshake13_x_floor")
    add_larger("joins_over_1s", "joins_over_1s_20", "joins_over_1s_50")
    add_sum("pion_live_bytes", "pion_heap_bytes", "pion_stack_bytes")
    add_ratio("pion_heap_x_skiff", "pion_live_bytes", "dtls_heap_bytes")
    for (i = split("libssl gnutls dimpl", peer, " "); i > 0; i--)
        add_ratio(peer[i] "_heap_x_skiff", peer[i] "_heap_bytes", "dtls_heap_bytes")
    for (i = split("libssl gnutls pion", peer, " "); i > 0; i--)
        add_ratio("skiff_hs_per_cpu_x_" peer[i], peer[i] "12_x_floor", "handshake_x_floor")
    # Both on AWS-LC, version by version; and ours on OpenSSL.
    add_smaller("skiff_hs_per_cpu_x_dimpl", "dimpl12_x_handshake12_awslc",
                "dimpl13_x_handshake13_awslc")
    add_ratio("skiff_openssl_hs_per_cpu_x_dimpl", "dimpl12_x_floor", "handshake_x_floor")
    for (i = split("pion12 dimpl12 dimpl13", peer, " "); i > 0; i--)
        add_ratio(peer[i] "_x_own_floor", peer[i] "_x_floor",
                  substr(peer[i], 1, length(peer[i]) - 2) "_floor_x_floor")
    for (i = split("cm80 cm32 gcm128 gcm256", profile, " "); i > 0; i--)
        add_ratio("srtp_" profile[i] "_1200_stock_x_floor",
                  "srtp_" profile[i] "_1200_x_floor", "srtp_" profile[i] "_1200_x_stock")
    derive_sfu()
}

function best_janus(kind,    one, other)
{
    one = "sfu_janus_" kind "_packet_us"
    other = "sfu_janus_threads_" kind "_packet_us"
    return !(one in value) || (other in value && value[other] < value[one]) ? other : one
}

# Of SRTP profiles the one counts with which the other is better, and of the two ways to run Janus
# the better one.
function derive_sfu(    i, peer, kind, k)
{
    for (k = split("gcm cm gcm_single cm_single", kind, " "); k > 0; k--) {
        add_ratio("sfu_" kind[k] "_x_janus", best_janus(kind[k]), "sfu_skiff_" kind[k] "_packet_us")
        add_ratio("sfu_" kind[k] "_x_pion", "sfu_pion_" kind[k] "_packet_us",
                  "sfu_skiff_" kind[k] "_packet_us")
    }
    for (i = split("janus pion", peer, " "); i > 0; i--) {
        add_smaller("sfu_watchers_x_" peer[i], "sfu_gcm_x_" peer[i], "sfu_cm_x_" peer[i])
        add_smaller("sfu_single_x_" peer[i], "sfu_gcm_single_x_" peer[i],
                    "sfu_cm_single_x_" peer[i])
    }
}

# A value as it is shown: ratios and shares with three places, counts with none.
function shown(name)
{
    if (name == "" || name == "-")
        return ""
    if (!(name in value))
        return "-"
    if (name ~ /_x_|_x$|_per_packet$|_over_1s|_packet_us$|missing_percent$/)
        return sprintf("%.3f", value[name])
    return sprintf(name ~ /_percent$/ ? "%.1f" : "%.0f", value[name])
}

# Is this section shown? -v only=WORD: those whose names begin with it.
function is_wanted(section_name)
{
    return only == "" || index(section_name, only) == 1
}

function with_commas(number,    whole, rest)
{
    whole = rest = number
    sub(/\..*/, "", whole)
    rest = substr(rest, length(whole) + 1)
    while (length(whole) > 3) {
        rest = "," substr(whole, length(whole) - 2) rest
        whole = substr(whole, 1, length(whole) - 3)
    }
    return whole rest
}

function is_skipped(name,    peer)
{
    for (peer in skipped)
        if (index(name, peer))
            return 1
    return 0
}

# A row is of the first value in it.
function subject(row,    i)
{
    for (i = 1; cell[row, i] == "-"; i++)
        ;
    return cell[row, i]
}

function holds(name,    limit)
{
    limit = substr(bar_of[name], 4) + 0
    return bar_of[name] ~ /^</ ? value[name] <= limit : value[name] >= limit
}

function verdict(row,    name)
{
    name = subject(row)
    if (!(name in value))
        return is_skipped(name) || part[row] in skipped ? "skipped" : "not measured"
    if (bar[row] == "")
        return ""
    return holds(name) ? "holds" : "DOES NOT HOLD"
}
