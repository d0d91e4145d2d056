# page.awk - writes a page again, with tables of values where it asks for them. With rows.awk.
#
# What stands between "<!-- measured: NAME -->" and "<!-- end -->" is made from the section of
# that name; NAME "machine" is what was measured on. With -v only=WORD other tables stay as they are.
# With -v on=SYSTEM it is those of "<!-- measured on SYSTEM: NAME -->" alone.
function bar_in_words(row)
{
    if (bar[row] == "")
        return ""
    return (bar[row] ~ /^</ ? "at most " : "at least ") with_commas(substr(bar[row], 4))
}

function print_machine(    i, what)
{
    print "| | |\n|---|---|"
    for (i = 1; i <= num_machine; i++) {
        what = machine[i]
        sub(/:.*/, "", what)
        print "| " what " |" substr(machine[i], length(what) + 2) " |"
    }
}

function print_head(section,    i, line, rule)
{
    line = "| " title[section] " |"
    rule = "|---|"
    for (i = 1; i <= num_columns[section]; i++) {
        line = line " " column[section, i] " |"
        rule = rule "---:|"
    }
    print line (barred[section] ? " bar | |" : "")
    print rule (barred[section] ? "---|---|" : "")
}

# In the terminal's table a verdict stands beside each row; here only where there is a bar.
function print_row(section, row,    i, line)
{
    line = "| " text[row] " |"
    for (i = 1; i <= num_columns[section]; i++)
        line = line " " in_words(cell[row, i]) " |"
    if (barred[section])
        line = line " " bar_in_words(row) " | " (bar[row] == "" ? "" : verdict(row)) " |"
    print line
}

function in_words(name)
{
    if (name == "" || name == "-")
        return ""
    return name in value ? with_commas(shown(name)) : "not measured"
}

function print_section(section,    row)
{
    print_head(section)
    for (row = first_row[section]; row <= last_row[section]; row++)
        print_row(section, row)
}

# The name of the table that begins here, or nothing.
function table_here(    begin)
{
    begin = "<!-- measured" (on == "" ? "" : " on " on) ": "
    return index($0, begin) == 1 && is_wanted($(NF - 1)) ? $(NF - 1) : ""
}

function print_table(name)
{
    print ""
    if (name == "machine")
        print_machine()
    else if (name in section_named)
        print_section(section_named[name])
    else {
        print "nothing is measured under the name of " name > "/dev/stderr"
        failed = 1
    }
}

FILENAME == ARGV[3] && FNR == 1 { derive() }
FILENAME == ARGV[3] && /^<!-- end -->$/ && inside {
    inside = 0
    print ""
}
FILENAME == ARGV[3] && !inside { print }
FILENAME == ARGV[3] && table_here() != "" {
    inside = 1
    print_table(table_here())
}
END { exit failed }
