# median.awk - of several runs of one program: each value's median. Of other lines, which begin with two
# words that say what they are of, the first one stays.
NF == 2 && $2 ~ /^-?[0-9.]+$/ {
    if (!($1 in num))
        names[++num_names] = $1
    value[$1, ++num[$1]] = $2
    next
}
!before[$1, $2]++

function median(name,    i, k, kept)
{
    for (i = 2; i <= num[name]; i++) {
        kept = value[name, i]
        for (k = i - 1; k > 0 && value[name, k] + 0 > kept + 0; k--)
            value[name, k + 1] = value[name, k]
        value[name, k + 1] = kept
    }
    return value[name, int((num[name] + 1) / 2)]
}

END {
    for (n = 1; n <= num_names; n++)
        print names[n], median(names[n])
}
