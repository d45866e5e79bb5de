#!/bin/sh
# Make one commit of REPO again on top of HEAD:    sh apply.sh REPO REVISION
#
# Runs in a clean worktree in which every path that the commit touches is as it was before it.  The change is taken over
# as object ids, never as text: no patch is applied and nothing is merged, so modes, links, binary files, line ends,
# encodings and names of any kind come out exactly as they were.
set -eu
repo=$1
revision=$2

# Lines of "mode id<tab>path"; git quotes odd names here and reads them back below.
tab=$(printf '\t')
change=$(git -C "$repo" -c core.quotePath=true diff-tree -r --no-renames --ignore-submodules=none "$revision^" "$revision" |
    sed "s/^:[0-7]* \([0-7]*\) [0-9a-f]* \([0-9a-f]*\) [A-Z]$tab/\1 \2$tab/")
message=$(git -C "$repo" log -1 --no-show-signature --format=%B "$revision")

# From here on in the worktree, where no configuration of the user's (autocrlf, filters, attributes) may touch a file.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_ATTR_NOSYSTEM=1
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.attributesFile GIT_CONFIG_VALUE_0=/dev/null

index=$(git rev-parse --git-path replay.index)
tree=$(
    export GIT_INDEX_FILE="$index"
    git read-tree HEAD
    [ -z "$change" ] || printf '%s\n' "$change" | git update-index --replace --index-info
    git write-tree
)
rm -f "$index"
commit=$(printf '%s\n' "$message" | git commit-tree "$tree" -p HEAD)
git reset --quiet --hard "$commit"
case $change in
# Once more: a file that the commit did not touch, but whose line ends it changed by new attributes, is seen only now.
*.gitattributes*) git reset --quiet --hard ;;
esac
