# Runs a learner's script on images that it has not seen, one after another. Nothing of it stays: no process, and no
# file in the folders where people keep theirs. The caller gives this a pid and a mount namespace of its own.
#
# Arguments: the script, the folder in which the images will lie, seconds of a processor for one run, seconds for one in all,
# how many runs may take longer, then for each image a file name, or a path where it lies meanwhile. Standard input: a tar
# with the images as 0, 1, 2 and so on.
# Prints a line for each image: its number, how the run ended, and in base64 the last that was printed. How: a number
# (the exit code), or time, processes, memory (it was killed for that), or unbegun (this machine could not), or late
# (so many before it took too long: it was not begun), or room (those before it left none for the image). Instead of all,
# one line with why the script cannot be run: absent, folder, mode (not executable).
# Exit code 0, or another one with a sentence on standard error where this machine cannot do it.

script=$1 folder=$2 busy_seconds=$3 seconds=$4 slow=$5
shift 5

place=/var/lib/ckslab        # where other programs of the grader work, too; nobody sees what is mounted over it here
printed=2000                 # bytes of output that are kept; the rest is read and dropped
copied=$((128 << 10))        # KiB of the learner's files that are copied, all together
copied_each=$((32 << 10))    # KiB; of what is larger, a folder's parts are looked at, and a file stays itself
parts=200                    # of a folder that are looked at, and how deep that goes
depth=4
file_blocks=$((128 << 10))   # KiB of a file that is written
data_blocks=$((1 << 20))     # KiB of memory of one process; a scan takes 100 MiB
memory_pages=$(((1 << 30) / $(getconf PAGESIZE)))
processes=300
busy_ticks=$((busy_seconds * $(getconf CLK_TCK)))

cannot() { echo "$1" >&2; exit 90; }

mkdir -p "$place" && mount -t tmpfs -o size=384m,mode=700 graded "$place" || cannot 'no file system in memory can be mounted'
# what is told of a run has room of its own: the script may fill the other one
told=$place/told
mkdir "$told" && mount -t tmpfs -o size=64k,mode=700 told "$told" || cannot 'no file system in memory can be mounted'
mkdir "$place/images" "$place/twins" && tar -x -C "$place/images" || cannot 'the images cannot be laid'
unshare --pid --fork --kill-child --mount-proc true || cannot 'no pid namespace can be made'

# A folder of which the files are copies: what the script writes there is gone afterwards. What is large, such as an
# archive that the learner exported, is no copy.
twin() {
    [ -d "$1" ] && [ ! -L "$1" ] || return 0
    fill "$1" "$place/twins$1" "$depth" && mount --rbind "$place/twins$1" "$1"
}

# Makes the copy $2 of the folder $1, of which parts are looked at $3 levels deep.
fill() {
    local child copy size
    mkdir -p "$2" && chown --reference="$1" "$2" && chmod --reference="$1" "$2" || return 1
    while IFS= read -r -d '' child; do
        copy=$2/${child##*/}
        size=$(du -skx -- "$child" | cut -f1)
        if [ "${size:-$copied}" -le "$copied_each" ] && [ "$size" -le "$copied" ] && cp -ax -- "$child" "$2/" 2>/dev/null; then
            copied=$((copied - size))
        elif [ -d "$child" ] && [ ! -L "$child" ] && [ "$3" -gt 0 ] && [ "$(ls -A -- "$child" | wc -l)" -le "$parts" ]; then
            fill "$child" "$copy" $(($3 - 1)) || return 1
        elif [ -d "$child" ]; then
            mkdir -p "$copy" && mount --rbind "$child" "$copy" || return 1
        elif [ -f "$child" ]; then
            : >"$copy" && mount --bind "$child" "$copy" || return 1
        fi
    done < <(find "$1" -mindepth 1 -maxdepth 1 -print0)
}
for kept in /home /opt /root /srv /tmp /var/tmp; do
    twin "$kept" || cannot "$kept cannot be copied"
done

# After the copies, so that all is as the script will find it. Root may run what anybody may.
if [ ! -e "$script" ]; then echo absent; exit 0; fi
if [ -d "$script" ]; then echo folder; exit 0; fi
if [ ! -x "$script" ]; then echo mode; exit 0; fi

# Inside the script's own namespaces: bounds, which its children inherit, then the script as a shell calls it, in a session
# of its own: a process group goes across namespaces, and `kill 0` would end what runs here, too. Open on 3 is a file that
# says that it was begun, on 4 where the script's errors go; those of unshare are not the script's.
inside='
exec 2>&4 4>&-
mount -t tmpfs -o size=64k,mode=700,ro hidden "$3" || exit 90
ulimit -c 0 && ulimit -f "$4" && ulimit -d "$5" && ulimit -u "$6" || exit 90
cd "$7" || exit 90
echo begun >&3
exec 3>&-
setsid /bin/bash -c "exec \"\$@\"" bash "$1" "$2"
exit $?
'

# What the processes of this namespace, and of those inside it, take: how many there are, pages of memory, and ticks of the
# processors, with those of what has ended since. Begins no process: there may be no room for one.
look() {
    local entry stat fields
    found=0 pages=0 ticks=0
    for entry in /proc/[0-9]*/stat; do
        if [ "$entry" = "/proc/$BASHPID/stat" ]; then continue; fi
        stat=
        read -r -d '' stat <"$entry"
        fields=(${stat##*) }) # behind the name, in which anything may stand: from the third one on (proc(5))
        if [ "${#fields[@]}" -lt 22 ]; then continue; fi
        found=$((found + 1)) pages=$((pages + fields[21]))
        ticks=$((ticks + fields[11] + fields[12] + fields[13] + fields[14]))
    done
}

# Ends a run that goes beyond its bounds.
guard() {
    local why= found pages ticks before first= nothing
    local end=$((SECONDS + seconds + 1)) # SECONDS may be about to change
    # before thousands of others; where this root may not, the kernel has counted them (`tasks`)
    renice -n -15 "$BASHPID" >/dev/null 2>&1
    exec {nothing}<> <(:)
    look
    before=$ticks
    while [ -z "$why" ]; do
        read -r -t 0.2 <&"$nothing"
        look
        if [ "$SECONDS" -ge "$end" ] || [ "$((ticks - before))" -gt "$busy_ticks" ]; then why=time; fi
        if [ "$found" -gt "$processes" ]; then why=processes; fi
        if [ "$pages" -gt "$memory_pages" ]; then why=memory; fi
    done
    echo "$why" >"$told/why"
    # the first process of the script's namespace, where the kernel tells it: then what waits for it has waited for all
    # that was in there
    read -r first <"/proc/$1/task/$1/children"
    kill -9 ${first:-"$1"}
}

# Where the kernel counts processes for this root it counts threads, and before Linux 5.14 those of the whole machine that
# have the same owner: so this is no more than a last bound, and the guard is the first.
read -r load load load load rest </proc/loadavg
tasks=$((${load#*/} + 1000))

run() {
    local run guard code
    rm -f "$told"/* # of the run before
    unshare --pid --fork --kill-child --mount-proc /bin/bash -c "$inside" bash "$script" "$1" "$place" \
        "$file_blocks" "$data_blocks" "$tasks" "$folder/work" </dev/null 3>"$told/begun" 4>&2 2>"$told/trouble" &
    run=$!
    guard "$run" </dev/null >/dev/null 2>&1 &
    guard=$!
    wait "$run" 2>/dev/null
    code=$?
    kill -9 "$guard" 2>/dev/null
    wait "$guard" 2>/dev/null
    if [ -s "$told/why" ]; then
        code=$(cat "$told/why")
    elif [ ! -s "$told/begun" ]; then
        code=unbegun
        cat "$told/trouble" >&2
    fi
    # not behind what was printed: what is killed may go on printing for a moment
    echo "$code" >"$told/how"
}

# Lays an image, and says where in `image`. At a path that the learner knows it lies over the file that is there, which
# stays as it is; where none is, it lies with the others.
lay() {
    image=$folder/images/${2##*/}
    mv "$1" "$image" || return 1
    case $2 in
    /*) if [ -f "$2" ] && mount --bind "$image" "$2"; then image=$2; fi ;;
    esac
}

number=0
for name in "$@"; do
    if [ "$slow" -eq 0 ]; then
        echo "$number late"
    else
        rm -rf "$folder"
        if ! { mkdir -p "$folder/images" "$folder/work" && lay "$place/images/$number" "$name"; }; then
            [ "$number" -gt 0 ] || cannot 'an image cannot be laid'
            echo "$number room"
            number=$((number + 1))
            continue
        fi
        said=$({ run "$image"; } 2>&1 | tail -c "$printed" | base64 -w 0)
        how=
        read -r how <"$told/how"
        echo "$number $how $said"
        if [ "$how" = time ]; then slow=$((slow - 1)); fi
    fi
    number=$((number + 1))
done
