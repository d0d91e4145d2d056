# table.awk - a table for a terminal, and a flat JSON object (-v json=FILE). With rows.awk.
#
# Names that end in _us are microseconds of this machine: they are shown, but are no result.
function print_head(section,    i)
{
    printf "%s  %-48s", (shown_before++ ? "\n" : ""), title[section]
    for (i = 1; i <= num_columns[section]; i++)
        printf " %11s", column[section, i]
    print ""
}

function print_row(section, row,    i)
{
    printf "  %-48s", text[row]
    for (i = 1; i <= num_columns[section]; i++)
        printf " %11s", shown(cell[row, i])
    printf "  %-9s %s\n", bar[row], verdict(row)
}

function write_json(    i, between)
{
    printf "{" > json
    for (i = 1; i <= num_names; i++)
        if (names[i] !~ /_us$/) {
            printf "%s\n  \"%s\": %.10g", between, names[i], value[names[i]] > json
            between = ","
        }
    print "\n}" > json
}

END {
    derive()
    for (section = 1; section <= num_sections; section++) {
        if (!is_wanted(name_of_section[section]))
            continue
        print_head(section)
        for (row = first_row[section]; row <= last_row[section]; row++) {
            print_row(section, row)
            if (verdict(row) == "not measured")
                missing++
        }
    }
    print ""
    for (i = 1; i <= num_machine; i++)
        print "  " machine[i]
    write_json()
    exit missing > 0
}
