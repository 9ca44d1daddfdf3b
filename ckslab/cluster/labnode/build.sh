#!/bin/sh
# Makes bin/ from src/ and pause.c; `build.sh check` makes it elsewhere and compares it with bin/SHA256SUMS instead.
# With the same compilers the unpacked binaries are the same byte for byte, wherever this folder lies.
# Needs: go, gcc and aarch64-linux-gnu-gcc (on an arm64 machine x86_64-linux-gnu-gcc), xz; the check leaves pause out
# where its compilers are others or missing.
set -eu
GO=go1.26.8
GCC=12.2.0

cd "$(dirname "$0")"
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compiler() { # of architecture $1
    case "$(uname -m)-$1" in
    x86_64-amd64 | aarch64-arm64) echo gcc ;;
    *-amd64) echo x86_64-linux-gnu-gcc ;;
    *-arm64) echo aarch64-linux-gnu-gcc ;;
    esac
}

labnode() { # for architecture $1
    (cd src && env GOTOOLCHAIN=local GOFLAGS= GOEXPERIMENT= GOWORK=off CGO_ENABLED=0 GOOS=linux "GOARCH=$1" \
        GOAMD64=v1 GOARM64=v8.0 go build -trimpath -buildvcs=false -ldflags "-s -w -buildid=" -o "$work/labnode-$1" .)
}

pause() { # for architecture $1
    "$(compiler "$1")" -Os -Wall -Wextra -Werror -static -nostdlib -ffreestanding -fno-pie -no-pie -fno-stack-protector \
        -fcf-protection=none -fno-asynchronous-unwind-tables -fno-ident -Wl,--build-id=none,-n,-s \
        -o "$work/pause-$1" pause.c
}

go=$(GOTOOLCHAIN=local go env GOVERSION)
case ${1:-} in
'')
    [ "$go" = "$GO" ] || echo "build.sh: made with $go; name it as GO in build.sh, or use $GO" >&2
    for arch in amd64 arm64; do
        labnode $arch
        pause $arch
    done
    (cd "$work" && sha256sum labnode-* pause-* >SHA256SUMS)
    mkdir -p bin
    for arch in amd64 arm64; do
        xz -9e -T1 -c "$work/labnode-$arch" >"$work/labnode-$arch.xz"
    done
    install -m 0644 "$work"/labnode-*.xz "$work"/pause-* "$work/SHA256SUMS" bin/
    ;;
check)
    if [ "$go" != "$GO" ]; then
        echo "build.sh: the shipped labnode was made with $GO; what $go makes cannot be compared with it" >&2
        exit 1
    fi
    for arch in amd64 arm64; do
        labnode $arch
        if [ "$("$(compiler $arch)" -dumpfullversion 2>/dev/null)" = "$GCC" ]; then
            pause $arch
        else
            echo "build.sh: pause-$arch is not compared: there is no $(compiler $arch) $GCC"
        fi
    done
    sums=$PWD/bin/SHA256SUMS
    if ! (cd "$work" && sha256sum --check --ignore-missing "$sums"); then
        echo "build.sh: bin/ is not made from src/: run build.sh, and commit what it makes" >&2
        exit 1
    fi
    ;;
*)
    echo "usage: build.sh [check]" >&2
    exit 2
    ;;
esac
