# crate.bash - sourced by the scripts that take the sources of a library from a crate of Rust: cargo
# fetches them. All is kept in the folder `folder`. Knows not which library it is.

# fetch_crate NAME REQUIREMENT [PART]: the crate, or the part of it, into $folder/source. What was
# built of another one goes.
fetch_crate()
{
    local whole=$folder/source.is
    [ "$(cat "$whole" 2> /dev/null)" = "$*" ] && return
    rm -rf "$folder"/*/ "$folder"/*.is
    mkdir -p "$folder/crate/src"
    touch "$folder/crate/src/lib.rs"
    printf '%s\n' '[package]' 'name = "fetch"' 'version = "0.0.0"' 'edition = "2021"' \
        '[dependencies]' "$1 = \"$2\"" '[workspace]' > "$folder/crate/Cargo.toml"
    (cd "$folder/crate" && cargo vendor) || return
    cp -r "$folder/crate/vendor/$1/${3-}" "$folder/source" && echo "$*" > "$whole"
}
