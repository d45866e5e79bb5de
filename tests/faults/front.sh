#!/bin/sh
# Stands in front of a program on PATH and spoils some of its calls: FRONT/git, FRONT/tmux are copies of this file.
#
# FRONT/plan has a line for each spoilt call: WHO WORD NTH MODE.  WHO is the caller (leader, worker, any), WORD the first
# argument that is no option (any: whichever), NTH counts these calls from 1 (0: all of them).  FRONT/log gets a line for
# each call of the tool's own programs; calls of anybody else go straight through.
front=${0%/*}
name=${0##*/}
PATH=${PATH#"$front":}

word=
skip=
for argument; do
    if [ -n "$skip" ]; then
        skip=
        continue
    fi
    case $argument in
        -C | -c | -f | -S | -L) skip=1 ;;
        -*) ;;
        *)
            word=$argument
            break
            ;;
    esac
done

if grep -qa 'swarm.worker' "/proc/$PPID/cmdline"; then
    who=worker
elif grep -qaE 'swarm.(start|resume)' "/proc/$PPID/cmdline"; then
    who=leader
else
    exec "$name" "$@"
fi

mode=
while read -r whose which nth what; do
    case $whose in any | "$who") ;; *) continue ;; esac
    case $which in any | "$word") ;; *) continue ;; esac
    count=1
    if [ "$nth" -gt 0 ]; then
        until mkdir "$front/$whose.$which.$what.$count" 2>/dev/null; do count=$((count + 1)); done
        [ "$count" -eq "$nth" ] || continue
    fi
    mode=$what
    break
done <"$front/plan"

echo "$who $word ${mode:-as-it-is} $$" >>"$front/log"
case $mode in
    '') exec "$name" "$@" ;;
    fail-*)
        echo "fatal: on purpose" >&2
        exit "${mode#fail-}"
        ;;
    hang) exec sleep 900 ;;
    nonsense)
        printf 'what?\0\n\377 %%%%%% \n'
        exit 0
        ;;
    kill-before) kill -9 $$ ;;
    kill-after)
        "$name" "$@"
        kill -9 $$
        ;;
    half)
        said=$("$name" "$@"; echo .)
        printf '%.*s' $((${#said} / 2)) "$said"
        kill -9 $$
        ;;
esac
