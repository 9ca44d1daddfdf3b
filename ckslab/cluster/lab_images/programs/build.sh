#!/bin/sh
# Makes bin/: busybox, and a C compiler (tcc with musl's headers and libc.a), static, for amd64 and arm64.
# `build.sh check` makes it elsewhere and compares it with bin/SHA256SUMS instead. With the same compilers the unpacked
# files are the same byte for byte, wherever this folder lies.
# Needs: gcc and aarch64-linux-gnu-gcc (on an arm64 machine x86_64-linux-gnu-gcc) with the kernel's headers, make, patch,
# bzip2, xz, curl; SOURCES names a folder with the sources, which are fetched into it where they are missing.
set -eu
GCC=12.2.0
POOL=https://deb.debian.org/debian/pool/main
# Upstream's own archives, as Debian keeps them: busybox's and musl's have the sums that busybox.net and musl.libc.org
# publish, tcc's is of its git repository at 62c30a4a (2020-08-14), which has no release since.
BUSYBOX=faeeb244c35a348a334f4a59e44626ee870fb07b6884d68c10ae8bc19f83a694
MUSL=7d5b0b6062521e4627e099e4c9dc8248d32a30285e959b7eecaa780cf8cfd4a4
TCC=d63c113bcdd657f51c8ee197a0b0a24203603313e19a52b5f678d40ab7f5df35

cd "$(dirname "$0")"
here=$PWD
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sources=${SOURCES:-$work/sources}
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0
unset CFLAGS CPPFLAGS LDFLAGS MAKEFLAGS CROSS_COMPILE

source_of() { # file $1 below the pool, with SHA-256 $2, unpacked into folder $3
    mkdir -p "$sources" "$3"
    file=$sources/${1##*/}
    [ -e "$file" ] || curl -fsSL --retry 3 -o "$file" "$POOL/$1"
    echo "$2  $file" | sha256sum --check --quiet
    tar -xf "$file" -C "$3"
}

compiler() { # of architecture $1
    case "$(uname -m)-$1" in
    x86_64-amd64 | aarch64-arm64) echo gcc ;;
    *-amd64) echo x86_64-linux-gnu-gcc ;;
    *-arm64) echo aarch64-linux-gnu-gcc ;;
    esac
}

machine() { # Linux' name of architecture $1
    case $1 in amd64) echo x86_64 ;; arm64) echo aarch64 ;; esac
}

kernel_headers() { # of architecture $1, and nothing else, in $work/kernel-$1
    mkdir "$work/kernel-$1"
    for name in asm asm-generic linux mtd scsi; do
        for folder in "/usr/$(machine "$1")-linux-gnu/include" "/usr/include/$(machine "$1")-linux-gnu" /usr/include; do
            if [ "$name" = scsi ]; then continue; fi # libc's own, and not needed
            if [ -d "$folder/$name" ]; then ln -s "$folder/$name" "$work/kernel-$1/$name" && break; fi
        done
    done
}

musl() { # for architecture $1, into $work/musl-$1
    cp -r "$work/musl-1.2.3" "$work/musl-build-$1"
    (
        cd "$work/musl-build-$1"
        CC=$(compiler "$1") CFLAGS="-Os -fno-pie -ffile-prefix-map=$PWD=." ./configure --target="$(machine "$1")" \
            --prefix="$work/musl-$1" --disable-shared --enable-wrapper=gcc
        make -j2 AR=ar RANLIB=ranlib install
    ) >"$work/log" 2>&1 || { tail -20 "$work/log" >&2; exit 1; }
}

busybox() { # for architecture $1, into $work/busybox-$1
    cp -r "$work/busybox-1.35.0" "$work/busybox-build-$1"
    tool=$(compiler "$1")
    (
        cd "$work/busybox-build-$1"
        make defconfig
        while read -r line; do
            case $line in CONFIG_*) ;; *) continue ;; esac
            sed -i "s|^# ${line%%=*} is not set\$|$line|; s|^${line%%=*}=.*|$line|" .config
        done <"$here/busybox.config"
        yes '' | make oldconfig
        make -j2 CC="$work/musl-$1/bin/musl-gcc -idirafter $work/kernel-$1 -fno-pie -no-pie" \
            CROSS_COMPILE="${tool%gcc}" EXTRA_CFLAGS="-ffile-prefix-map=$PWD=." busybox busybox.links
    ) >"$work/log" 2>&1 || { tail -20 "$work/log" >&2; exit 1; }
    cp "$work/busybox-build-$1/busybox" "$work/busybox-$1"
    sort "$work/busybox-build-$1/busybox.links" >"$work/applets-$1" # where each program has its link
}

tcc_for() { # compiler $1, its flags..., makes a tcc whose output is of architecture $2, as file $3
    cc=$1 arch=$2 made=$3
    shift 3
    case $arch in
    amd64) set -- "$@" -DTCC_TARGET_X86_64 ;;
    arm64) set -- "$@" -DTCC_TARGET_ARM64 ;;
    esac
    $cc -O2 -w -ffile-prefix-map="$work/tcc=." "$@" -DONE_SOURCE=1 -DTCC_VERSION='"0.9.27"' -DCONFIG_TCC_MUSL \
        -DCONFIG_TCC_STATIC -DCONFIG_TCCDIR='"/usr/lib/tcc"' -DCONFIG_TCC_CRTPREFIX='"/usr/lib"' \
        -DCONFIG_TCC_LIBPATHS='"/usr/lib:{B}"' -DCONFIG_TCC_SYSINCLUDEPATHS='"{B}/include:/usr/include"' \
        -I"$work/tcc" -o "$made" "$work/tcc/tcc.c" -lm
}

cc_image() { # what an image with the compiler has for architecture $1, as $work/cc-$1.tar
    root=$work/cc-$1
    tool=$(compiler "$1")
    mkdir -p "$root/usr/bin" "$root/usr/lib/tcc"
    cp -r "$work/musl-$1/include" "$root/usr/include"
    cp "$work/musl-$1"/lib/*.a "$work/musl-$1"/lib/*.o "$root/usr/lib/"
    cp -r "$work/tcc/include" "$root/usr/lib/tcc/include"
    : >"$work/tcc/config.h"
    tcc_for "$work/musl-$1/bin/musl-gcc" "$1" "$root/usr/bin/tcc" -static -fno-pie -no-pie
    "${tool%gcc}strip" "$root/usr/bin/tcc"
    tcc_for gcc "$1" "$work/tcc-to-$1"
    case $1 in
    amd64) parts="libtcc1.c alloca86_64.S alloca86_64-bt.S va_list.c" ;;
    arm64) parts="lib-arm64.c" ;;
    esac
    for part in $parts; do
        "$work/tcc-to-$1" -B"$work/tcc" -I"$work/tcc/include" -nostdinc -c "$work/tcc/lib/$part" \
            -o "$work/${part%.*}-$1.o"
    done
    mkdir "$work/libtcc1-$1"
    for part in $parts; do
        mv "$work/${part%.*}-$1.o" "$work/libtcc1-$1/${part%.*}.o"
    done
    if [ "$1" = arm64 ]; then # which calls them, and is searched after libc.a
        (cd "$work/libtcc1-$1" && ar x "$root/usr/lib/libc.a" memmove.o memcpy.o memset.o)
    fi
    (cd "$work/libtcc1-$1" && ar rcD "$root/usr/lib/tcc/libtcc1.a" *.o)
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=ustar -C "$root" -cf "$work/cc-$1.tar" usr
}

make_all() {
    source_of m/musl/musl_1.2.3.orig.tar.gz $MUSL "$work"
    source_of b/busybox/busybox_1.35.0.orig.tar.bz2 $BUSYBOX "$work"
    source_of t/tcc/tcc_0.9.27+git20200814.62c30a4a.orig.tar.bz2 $TCC "$work/tcc"
    patch -s -p1 -d "$work/tcc" <"$here/tcc-arm64-relocations.patch" # gcc makes them in libc.a, and tcc knew not all
    for arch in amd64 arm64; do
        kernel_headers $arch
        musl $arch
        busybox $arch
        cc_image $arch
    done
    cmp "$work/applets-amd64" "$work/applets-arm64"
    mv "$work/applets-amd64" "$work/applets"
    (cd "$work" && sha256sum applets busybox-amd64 busybox-arm64 cc-amd64.tar cc-arm64.tar >SHA256SUMS)
}

for arch in amd64 arm64; do
    if [ "$("$(compiler $arch)" -dumpfullversion 2>/dev/null)" != "$GCC" ]; then
        echo "build.sh: there is no $(compiler $arch) $GCC; what another makes cannot be compared" >&2
        [ "${1:-}" != check ] || exit 1
    fi
done
case ${1:-} in
'')
    make_all
    mkdir -p bin
    cd "$work"
    for file in busybox-amd64 busybox-arm64 cc-amd64.tar cc-arm64.tar; do
        xz -9e -T1 -c "$file" >"$file.xz"
    done
    install -m 0644 ./*.xz applets SHA256SUMS "$here/bin/"
    install -m 0644 busybox-1.35.0/LICENSE "$here/bin/LICENSE-busybox"
    install -m 0644 tcc/COPYING "$here/bin/LICENSE-tcc"
    install -m 0644 musl-1.2.3/COPYRIGHT "$here/bin/LICENSE-musl"
    ;;
check)
    make_all
    if ! (cd "$work" && sha256sum --check "$here/bin/SHA256SUMS"); then
        echo "build.sh: bin/ is not made by build.sh: run it, and commit what it makes" >&2
        exit 1
    fi
    ;;
*)
    echo "usage: build.sh [check]" >&2
    exit 2
    ;;
esac
