#!/bin/sh
# Copies xterm.js and its fit add-on, as package-lock.json locks them, into ../static/xterm; `build.sh check` compares
# what is there instead. The files are the published ones, byte for byte: npm verifies them by the lock's SHA-512, and
# none of their scripts is run. Needs: npm.
set -eu
cd "$(dirname "$0")"
umask 022
made=../static/xterm
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp package.json package-lock.json "$work/"
(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null)
mkdir "$work/made"
from=$work/node_modules/@xterm
install -m 0644 "$from/xterm/lib/xterm.mjs" "$from/xterm/css/xterm.css" "$from/addon-fit/lib/addon-fit.mjs" "$work/made/"
install -m 0644 "$from/xterm/LICENSE" "$work/made/LICENSE-xterm"
install -m 0644 "$from/addon-fit/LICENSE" "$work/made/LICENSE-addon-fit"

case ${1:-} in
'')
    rm -rf "$made"
    cp -R "$work/made" "$made"
    ;;
check)
    if ! diff -r "$work/made" "$made"; then
        echo "build.sh: static/xterm is not what package-lock.json gives: run build.sh, and commit what it makes" >&2
        exit 1
    fi
    ;;
*)
    echo "usage: build.sh [check]" >&2
    exit 2
    ;;
esac
