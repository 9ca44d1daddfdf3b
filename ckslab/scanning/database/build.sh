#!/bin/sh
# Makes bin/ from facts.yaml and src/; `build.sh check` makes it elsewhere and compares it with bin/SHA256SUMS instead.
# The database is the same byte for byte on every machine and with every Go that takes src/go.mod. Needs: go, xz.
set -eu
cd "$(dirname "$0")"
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd src && env GOFLAGS= GOWORK=off CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$work/database" .)
"$work/database" facts.yaml "$work/trivy.db"

case ${1:-} in
'')
    mkdir -p bin
    (cd "$work" && sha256sum trivy.db >SHA256SUMS && xz -9e -T1 trivy.db)
    install -m 0644 "$work/trivy.db.xz" "$work/SHA256SUMS" bin/
    ;;
check)
    sums=$PWD/bin/SHA256SUMS
    if ! (cd "$work" && sha256sum --check "$sums"); then
        echo "build.sh: bin/ is not made from facts.yaml and src/: run build.sh, and commit what it makes" >&2
        exit 1
    fi
    ;;
*)
    echo "usage: build.sh [check]" >&2
    exit 2
    ;;
esac
