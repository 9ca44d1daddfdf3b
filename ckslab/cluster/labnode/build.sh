#!/bin/sh
# Makes bin/ from src/ and pause.c. With the same compilers (go1.26.8; Debian 12's gcc 12.2) the unpacked binaries
# are the same byte for byte, wherever this folder lies; SHA256SUMS holds their digests.
# Needs: go, gcc and aarch64-linux-gnu-gcc (on an arm64 machine x86_64-linux-gnu-gcc), xz.
set -eu
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

for arch in amd64 arm64; do
    (cd src && env GOTOOLCHAIN=local GOFLAGS= GOEXPERIMENT= GOWORK=off CGO_ENABLED=0 GOOS=linux GOARCH=$arch \
        GOAMD64=v1 GOARM64=v8.0 go build -trimpath -buildvcs=false -ldflags "-s -w -buildid=" -o "$work/labnode-$arch" .)
    $(compiler $arch) -Os -Wall -Wextra -Werror -static -nostdlib -ffreestanding -fno-pie -no-pie -fno-stack-protector \
        -fcf-protection=none -fno-asynchronous-unwind-tables -fno-ident -Wl,--build-id=none,-n,-s \
        -o "$work/pause-$arch" pause.c
done

(cd "$work" && sha256sum labnode-* pause-* >SHA256SUMS)
mkdir -p bin
for arch in amd64 arm64; do
    xz -9e -T1 -c "$work/labnode-$arch" >"$work/labnode-$arch.xz"
done
install -m 0644 "$work"/labnode-*.xz "$work"/pause-* "$work/SHA256SUMS" bin/
