# Reads "+ pid" and "- pid" until the pipe closes, then ends what is left and removes directory $1.
trap '' HUP INT QUIT TERM

pids=
while read -r sign pid; do
    case $sign in
        +) pids="$pids $pid" ;;
        -)
            left=
            for other in $pids; do
                [ "$other" = "$pid" ] || left="$left $other"
            done
            pids=$left
            ;;
    esac
done

# A process that has ended but was not collected still takes signals.
alive() {
    kill -0 "$1" 2>/dev/null && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null
}

nap() {
    sleep 0.05 2>/dev/null || sleep 1
}

# SIGQUIT is Postgres's immediate shutdown; a stopped process takes it only when it continues.
for pid in $pids; do
    kill -QUIT "$pid" 2>/dev/null
    kill -CONT "$pid" 2>/dev/null
done
for pid in $pids; do
    tries=0
    while alive "$pid"; do
        tries=$((tries + 1))
        # Postgres itself gives its children five seconds.
        [ "$tries" -le 160 ] || { kill -KILL "$pid" 2>/dev/null; break; }
        nap
    done
done

# What a killed server leaves in the kernel: the seventh line names a shared memory segment.
for lock in "$1"/*/postmaster.pid; do
    segment=$(sed -n '7s/.*[[:space:]]\([0-9][0-9]*\)[[:space:]]*$/\1/p' "$lock" 2>/dev/null)
    [ -z "$segment" ] || ipcrm -m "$segment" >/dev/null 2>&1
done

# A program that was just being started may still write: try again until all is gone.
tries=0
while [ -e "$1" ] && [ "$tries" -lt 200 ]; do
    rm -rf -- "$1" 2>/dev/null
    tries=$((tries + 1))
    [ ! -e "$1" ] || nap
done
