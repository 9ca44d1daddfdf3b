#!/bin/sh
# apk of the alpine stand-in made by ckslab: installs unsigned packages from the repositories in /etc/apk/repositories and
# keeps apk's own list of what is installed. It knows no dependencies and no scripts of packages.
# A repository with the tag @later is read by a build that is given the host later.packages.lab.local, and by no other: so
# whoever grades a build sees what it installs when there are newer packages.
db=/lib/apk/db/installed
world=/etc/apk/world
arch=$(cat /etc/apk/arch)
work=/tmp/.apk.$$
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

die() {
    echo "ERROR: $1" >&2
    exit "${2:-1}"
}

records() { # NAME VERSION of each package in list $1
    awk -F: '/^P:/ { name = $2 } /^V:/ { print name, substr($0, 3) }' "$1"
}

version_of() { records "$db" | awk -v name="$1" '$1 == name { print $2 }'; }

said() { [ -n "$quiet" ] || echo "$1"; }

fetch() { # $1, an address or a file, to the file $2
    case $1 in
    /*) cp "$1" "$2" 2>/dev/null ;;
    *) wget -q -T 60 -O "$2" "$1" 2>/dev/null ;;
    esac
}

fetch_indexes() { # into $work/index, each line: NAME VERSION URL-OF-ITS-FOLDER; and $work/list with all that is said
    mkdir -p "$work"
    : >"$work/index"
    : >"$work/list"
    while read -r repository; do
        case $repository in
        '' | '#'*) continue ;;
        '@later '*)
            grep -q later.packages.lab.local /etc/hosts || continue
            repository=${repository#* }
            ;;
        esac
        url=$repository/$arch
        case $url in /*) ;; *) said "fetch $url/APKINDEX.tar.gz" ;; esac
        if fetch "$url/APKINDEX.tar.gz" "$work/APKINDEX.tar.gz" &&
            tar -xzf "$work/APKINDEX.tar.gz" -C "$work" APKINDEX 2>/dev/null; then
            records "$work/APKINDEX" | sed "s|\$| $url|" >>"$work/index"
            cat "$work/APKINDEX" >>"$work/list"
        else
            echo "WARNING: updating and opening $url/APKINDEX.tar.gz: temporary error (try again later)" >&2
            missing=$((missing + 1))
        fi
    done </etc/apk/repositories
}

choose() { # for what is asked for, such as curl, curl=8.5.0-r0, curl~8.5: sets name, version, url; or says what is wrong
    asked=$1
    name=${asked%%[=<>~@]*}
    form=${asked#"$name"}
    found=$(awk -v name="$name" '$1 == name { print $2, $3 }' "$work/index" | sort -V)
    here=$(version_of "$name")
    case $form in
    '') fits=$found ;;
    =~* | ~=* | ~*)
        wanted=${form#[=~]}
        wanted=${wanted#[=~]}
        fits=$(echo "$found" | awk -v wanted="$wanted" '{ rest = substr($1, length(wanted) + 1, 1) }
            index($1, wanted) == 1 && rest !~ /[0-9]/')
        ;;
    =*) fits=$(echo "$found" | awk -v wanted="${form#=}" '$1 == wanted') ;;
    *) die "'$asked' is not a form of package that this stand-in for apk knows" 99 ;;
    esac
    if [ -z "$fits" ] && [ -n "$here" ] && { [ -z "$form" ] || [ "$form" = "=$here" ]; }; then
        version=$here url='' # it is there already, and no repository has it
        return 0
    fi
    if [ -z "$fits" ]; then
        if [ -z "$found" ] && [ -z "$here" ]; then
            printf '  %s (no such package):\n    required by: world[%s]\n' "$name" "$asked" >>"$work/unable"
        else
            last=$(echo "${found:-$here}" | tail -n 1)
            printf '  %s-%s:\n    breaks: world[%s]\n' "$name" "${last%% *}" "$asked" >>"$work/unable"
        fi
        return 1
    fi
    fits=$(echo "$fits" | tail -n 1)
    version=${fits% *} url=${fits#* }
}

forget() { # the record of package $1, and the files that no other record has
    awk -v RS= -v name="$1" 'index("\n" $0 "\n", "\nP:" name "\n") { print }' "$db" |
        awk -F: '/^F:/ { folder = $2 } /^R:/ { print folder "/" $2 }' |
        while read -r file; do rm -f "/$file"; done
    awk -v RS= -v ORS='\n\n' -v name="$1" '!index("\n" $0 "\n", "\nP:" name "\n")' "$db" >"$db.new"
    mv "$db.new" "$db"
}

tell_the_build() { # even where the output of this program goes elsewhere: a shell keeps its own under another number
    told=''
    for fd in $(ls /proc/1/fd); do
        [ "$fd" = 0 ] || [ ! -p "/proc/1/fd/$fd" ] || { echo "apk of a later day: $1" >"/proc/1/fd/$fd" && told=yes; }
    done
    [ -n "$told" ] || untold="$untold $1"
}

install_one() { # package $name $version from $url
    fetch "$url/$name-$version.apk" "$work/package.apk" || die "$name-$version: temporary error (try again later)"
    case $url in */later/*) tell_the_build "$name ($version)" ;; esac
    mkdir -p "$work/files"
    tar -tzf "$work/package.apk" >"$work/listed" || die "$name-$version: BAD archive"
    tar -xzf "$work/package.apk" -C / || die "$name-$version: BAD archive"
    [ -z "$(version_of "$name")" ] || forget_record_only
    {
        awk -v RS= -v name="$name" -v version="$version" \
            'index("\n" $0 "\n", "\nP:" name "\n") && index("\n" $0 "\n", "\nV:" version "\n")' "$work/list"
        sort "$work/listed" | while read -r path; do
            [ -d "/$path" ] && [ ! -L "/$path" ] && continue
            case $path in */*) echo "F:${path%/*}" ;; *) echo F: ;; esac
            echo "R:${path##*/}"
        done
        echo
    } >>"$db"
}

forget_record_only() {
    awk -v RS= -v ORS='\n\n' -v name="$name" '!index("\n" $0 "\n", "\nP:" name "\n")' "$db" >"$db.new"
    mv "$db.new" "$db"
}

count() { records "$db" | wc -l | tr -d ' '; }

add() {
    fetch_indexes
    : >"$work/unable"
    : >"$work/plan"
    for word in "$@"; do
        choose "$word" && echo "$name $version ${url:--} $word" >>"$work/plan"
    done
    if [ -s "$work/unable" ]; then
        echo "ERROR: unable to select packages:" >&2
        cat "$work/unable" >&2
        exit "$(grep -c '^  [^ ]' "$work/unable")"
    fi
    total=$(awk '$3 != "-"' "$work/plan" | while read -r name version _; do
        [ "$(version_of "$name")" = "$version" ] || echo x
    done | wc -l | tr -d ' ')
    at=0
    while read -r name version url word; do
        here=$(version_of "$name")
        if [ "$url" != - ] && [ "$here" != "$version" ]; then
            at=$((at + 1))
            if [ -z "$here" ]; then
                said "($at/$total) Installing $name ($version)"
            else
                said "($at/$total) Upgrading $name ($here -> $version)"
            fi
            install_one
        fi
        grep -v "^$name\([=<>~@].*\)\{0,1\}\$" "$world" >"$world.new"
        echo "$word" >>"$world.new"
        sort -u "$world.new" >"$world"
        rm "$world.new"
    done <"$work/plan"
    said "OK: $(count) packages"
}

delete() {
    for name in "$@"; do
        [ -n "$(version_of "$name")" ] || die "No such package: $name"
    done
    at=0
    for name in "$@"; do
        at=$((at + 1))
        said "($at/$#) Purging $name ($(version_of "$name"))"
        forget "$name"
        grep -v "^$name\([=<>~@].*\)\{0,1\}\$" "$world" >"$world.new"
        mv "$world.new" "$world"
    done
    said "OK: $(count) packages"
}

upgrade() {
    fetch_indexes
    records "$db" >"$work/here"
    while read -r name here; do
        asked=$(grep "^$name\([=<>~@].*\)\{0,1\}\$" "$world") # a version there holds it
        choose "${asked:-$name}" 2>/dev/null || continue
        [ -n "$url" ] && [ "$version" != "$here" ] || continue
        [ "$(printf '%s\n%s\n' "$here" "$version" | sort -V | tail -n 1)" = "$version" ] || continue
        said "Upgrading $name ($here -> $version)"
        install_one
    done <"$work/here"
    said "OK: $(count) packages"
}

info() {
    if [ -n "$exists" ]; then
        failed=0
        for name in "$@"; do
            if [ -n "$(version_of "$name")" ]; then said "$name"; else failed=1; fi
        done
        exit $failed
    fi
    if [ $# -eq 0 ]; then
        records "$db" | sort | if [ -n "$verbose" ]; then sed 's/ /-/'; else sed 's/ .*//'; fi
        exit 0
    fi
    for name in "$@"; do
        version=$(version_of "$name")
        [ -n "$version" ] || continue
        printf '%s-%s installed size:\n4096 B\n\n' "$name" "$version"
    done
}

list() {
    records "$db" | sed 's/$/ [installed]/' >"/tmp/.apk-list.$$"
    if [ -z "$only_installed" ]; then
        quiet=yes fetch_indexes 2>/dev/null
        awk '{ print $1, $2 }' "$work/index" | while read -r name version; do
            [ "$(version_of "$name")" = "$version" ] || echo "$name $version "
        done >>"/tmp/.apk-list.$$"
    fi
    sort "/tmp/.apk-list.$$" | while read -r name version state; do
        for pattern in "${@:-*}"; do
            # shellcheck disable=SC2254
            case $name in $pattern) echo "$name-$version $arch {$name} ${state}" | sed 's/ $//' ;; esac
        done
    done
    rm -f "/tmp/.apk-list.$$"
}

untold='' quiet='' exists='' verbose='' only_installed='' command='' missing=0
rest=''
while [ $# -gt 0 ]; do
    case $1 in
    --version | -V)
        echo "apk-tools of the alpine stand-in made by ckslab, compiled for $arch."
        exit 0
        ;;
    -q | --quiet) quiet=yes ;;
    -v | --verbose | -vv) verbose=yes ;;
    -e | --installed) if [ "$command" = list ]; then only_installed=yes; else exists=yes; fi ;;
    -I) only_installed=yes ;;
    -t | --virtual | -X | --repository) shift ;;
    --virtual=* | --repository=*) ;;
    --no-cache | -U | --update | --update-cache | --no-progress | --purge | --no-interactive | --available | -a | -u) ;;
    -l | --latest | --upgrade) ;;
    -*) die "unrecognized option '$1' (this is a stand-in for apk)" ;;
    *)
        case $1 in *[!A-Za-z0-9.+_~=\<\>@*?-]*) die "'$1' is not a valid package name" 99 ;; esac
        if [ -z "$command" ]; then command=$1; else rest="$rest $1"; fi
        ;;
    esac
    shift
done
set -f
# shellcheck disable=SC2086
set -- $rest
case $command in
add) if [ $# -eq 0 ]; then said "OK: $(count) packages"; else add "$@"; fi ;;
del) delete "$@" ;;
update)
    fetch_indexes
    said "OK: $(wc -l <"$work/index" | tr -d ' ') distinct packages available"
    exit "$missing"
    ;;
upgrade) upgrade ;;
info) info "$@" ;;
list) list "$@" ;;
'') die "usage: apk [add|del|update|upgrade|info|list] (a stand-in made by ckslab)" ;;
*) die "'$command' is not a command that this stand-in for apk knows" ;;
esac
[ -z "$untold" ] || die "installed of a later day, and there was nobody to tell:$untold"
