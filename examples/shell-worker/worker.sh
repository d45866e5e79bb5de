#!/bin/sh
# A worker in shell, to show that docs/protocol.md is enough to write one: worker.sh RUN_DIRECTORY NAME
# Needs awk, iconv, git, and flock and setsid of util-linux.  What it leaves out stands in README.md beside it.
set -eu

run=$1 name=$2
here=$(cd "$(dirname "$0")" && pwd) hub=${run%/runs/*}/hub.git
mail=$run/mail/$name tree=$run/worktrees/$name admin=$hub/worktrees/${run##*/}.$name
signature="GIT_AUTHOR_NAME=$name GIT_AUTHOR_EMAIL=$name@swarm GIT_COMMITTER_NAME=$name GIT_COMMITTER_EMAIL=$name@swarm"
export LC_ALL=C GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 $signature
trap '' HUP
count=0

# git in the worktree, told where everything is: nothing that an agent planted there is believed
tree_git() { git -c core.hooksPath=/dev/null -c core.fsmonitor=false --git-dir="$admin" --work-tree="$tree" "$@"; }

text() { sed '1,/^$/d' "$1"; } # the text of a message

json() { # a text as a JSON string
    printf '"%s"' "$(printf %s "$1" | iconv -c -f UTF-8 -t UTF-8 | tr '\011' ' ' | tr -d '\000-\010\013-\037\177' |
        sed 's/\\/\\\\/g; s/"/\\"/g' | awk '{ printf "%s%s", (NR > 1 ? "\\n" : ""), $0 }')"
}

once() { # once FILE TEXT: write a file that can be written only once; false where it is there
    printf '%s\n' "$2" >"$1.$$"
    ln "$1.$$" "$1" 2>/dev/null && made=0 || made=1
    rm "$1.$$"
    return $made
}

post() { # post KIND TEXT [ID]: a message to the leader; one with an ID is sent only once
    now=$(date +%s) count=$((count + 1)) # equal seconds are told apart by the count: the leader takes them in this order
    id=${3:-0$now$(printf %09d $count)-$name-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')}
    for box in new cur done; do [ ! -e "$mail/outbox/$box/$id.$1" ] || return 0; done
    printf 'id: %s\nfrom: %s\nto: leader\nkind: %s\nsent: %s.%06d\n\n%s' "$id" "$name" "$1" "$now" $count "$2" >"$mail/outbox/tmp/$$"
    sync "$mail/outbox/tmp/$$"
    mv "$mail/outbox/tmp/$$" "$mail/outbox/new/$id.$1"
    sync "$mail/outbox/new"
}

make_tree() { # what `git worktree add` would write; by one rename, since a half-made one stops git in the whole hub
    mkdir -p "$tree" &&
        made=$(mktemp -d "$hub/swarm/new.XXXXXX") &&
        printf '../..\n' >"$made/commondir" &&
        printf '%s/.git\n' "$tree" >"$made/gitdir" &&
        printf '%s\n' "$j_base" >"$made/HEAD" &&
        printf 'a worktree of swarm\n' >"$made/locked" &&
        flock "$hub/swarm/worktrees.lock" mv "$made" "$admin" &&
        printf 'gitdir: %s\n' "$admin" >"$tree/.git"
}

rescue() { # what the worktree holds that no branch does, under a ref
    tree_git add --all &&
        held=$(tree_git commit-tree -p HEAD -m "rescued before $j_branch" "$(tree_git write-tree)") &&
        { tree_git diff --quiet HEAD "$held" || tree_git update-ref "refs/swarm/$j_run/rescue/$j_task.$j_attempt" "$held"; }
}

prepare() { # the worktree, clean, on the attempt's branch at its base
    if [ -d "$admin" ]; then rescue; else make_tree; fi &&
        tree_git checkout --quiet --force --no-track -B "$j_branch" "$j_base" -- &&
        tree_git clean --quiet -ffd -e /.swarm &&
        printf %s "$j_branch" >"$admin/swarm-branch"
}

work() { # run the agent to its end; $code and $ended say how that was
    eval "set -- $j_env SWARM_RUN=$j_run SWARM_TASK=$j_task SWARM_ATTEMPT=$j_attempt SWARM_WORKER=$name SWARM_BASE=$j_base \
        \"SWARM_MAIL=\$mail\" \"SWARM_ATTEMPT_DIR=\$dir\" \"SWARM_PROMPT_FILE=\$dir/prompt.md\" $j_argv"
    (cd "$tree" && exec setsid env -i PATH="$PATH" HOME="$HOME" $signature "$@") \
        <"$dir/prompt.md" >>"$dir/output.log" 2>&1 8>&- 9>&- &
    pid=$! began=$(date +%s) ended=exited
    while kill -0 $pid 2>/dev/null; do
        sleep 1 8>&- 9>&-
        obey
        [ $ended = exited ] || { kill -TERM -$pid && sleep "$j_grace" 8>&- 9>&- && kill -KILL -$pid; } 2>/dev/null || :
    done
    wait $pid && code=0 || code=$?
    kill -KILL -$pid 2>/dev/null || : # whoever it left behind
    once "$dir/exit.json" "{\"code\": $code, \"ended\": \"$ended\", \"at\": $(date +%s)}"
}

obey() { # what the leader says while the agent runs
    for letter in "$mail"/inbox/new/*.cancel "$mail"/inbox/new/*.suspend "$mail"/inbox/new/*.continue; do
        [ -e "$letter" ] || continue
        case $letter,$(text "$letter") in
            *.cancel,*"\"$j_run-$j_task-$j_attempt\""*) ended=cancelled ;;
            *.suspend,"$j_task $j_attempt") kill -STOP -$pid ;;
            *.continue,"$j_task $j_attempt") kill -CONT -$pid ;;
        esac
        mv "$letter" "$mail/inbox/done/"
    done
    [ "$j_timeout" = null ] || [ "$(date +%s)" -lt $((began + ${j_timeout%.*})) ] || ended=timeout
}

seal() { # everything in the worktree as a commit on the attempt's branch
    tree_git add --all
    tree_git diff --cached --quiet HEAD || tree_git commit --quiet --no-verify --message "$j_task: $j_title"
    commit=$(tree_git rev-parse HEAD)
    tree_git update-ref "refs/heads/$j_branch" "$commit"
    tree_git diff --quiet "$j_base" "$commit" && commit=null || commit="\"$commit\""
}

conclude() { # what came of it, in one of two messages
    report=$(head -c 200000 "$dir/report.md" 2>/dev/null) || report=''
    case $ended,$code,$(cat "$dir/verdict.json" 2>/dev/null || :) in
        exited,*'"ok": false'*) over failed "its agent said that it failed" ;;
        exited,0,* | exited,*'"ok": true'*)
            case $j_expects,$commit,$report in
                commits,null,* | report,*,) over empty "its agent ended well but did not leave the $j_expects it was asked for" ;;
                *) post sealed "{\"task\": \"$j_task\", \"attempt\": $j_attempt, \"commit\": $commit, \"report\": $(json "$report")}" \
                    "$j_task.$j_attempt.sealed" ;;
            esac ;;
        exited,*) over failed "its agent exited with status $code" ;;
        *) over $ended "its agent was ended ($ended)" ;;
    esac
}

over() { # over OUTCOME REASON: there is nothing to merge
    feedback=$(json "$2. The end of what it printed: $(tail -c 4000 "$dir/output.log" 2>/dev/null || :)")
    post ended "{\"task\": \"$j_task\", \"attempt\": $j_attempt, \"outcome\": \"$1\", \"reason\": $(json "$2"), \"feedback\": $feedback}" \
        "$j_task.$j_attempt.ended"
}

attempt() { # attempt FILE: carry out the assignment in cur/FILE
    j_timeout=null j_grace=5 j_expects=commits j_env='' j_title='' # keys that hold their default are left out
    eval "$(text "$mail/inbox/cur/$1" | awk -f "$here/json.awk")"
    dir=$run/attempts/$j_task.$j_attempt
    post started "{\"task\": \"$j_task\", \"attempt\": $j_attempt, \"pid\": $$}" "$j_task.$j_attempt.started"
    exec 8>>"$dir/lock"
    if ! flock -n 8; then
        over lost "another program holds this attempt"
    elif [ -e "$dir/start.json" ]; then
        over lost "the worker's program died while it ran"
    elif ! trouble=$(prepare 2>&1); then
        over rejected "its worktree could not be prepared: $trouble"
    elif once "$dir/start.json" "{\"worker\": \"$name\", \"pid\": $$, \"at\": $(date +%s)}"; then
        work
        seal
        conclude
    fi
    exec 8>&-
    mv "$mail/inbox/cur/$1" "$mail/inbox/done/" # last: what stands in cur/ has not been reported yet
}

mkdir -p "$mail"
exec 9>>"$mail/lock"
flock 9 # from here on this is the worker of that name; the lock goes when we do, however that happens
printf '{"pid": %s}' $$ >"$mail/lock"
while [ ! -d "$mail/inbox/bad" ] || [ ! -d "$mail/outbox/bad" ]; do sleep 1 9>&-; done # the leader makes the boxes
post ready "{\"pid\": $$}"
for letter in "$mail"/inbox/cur/*.assign; do [ ! -e "$letter" ] || attempt "${letter##*/}"; done
while :; do
    for letter in "$mail"/inbox/new/*.assign; do
        [ -e "$letter" ] && mv "$letter" "$mail/inbox/cur/" && attempt "${letter##*/}"
    done
    for letter in "$mail"/inbox/new/*.quit; do
        [ -e "$letter" ] && mv "$letter" "$mail/inbox/done/" && exit 0
    done
    sleep 1 9>&-
done
