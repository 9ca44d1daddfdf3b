#!/bin/sh
# gcc and cc of this image: tcc, which makes static programs here, without what only the big compiler knows.
for word in "$@"; do
    shift
    case $word in
    --version)
        echo "tcc 0.9.27 under the name of gcc (a stand-in made by ckslab: C only, musl 1.2.3, static programs)"
        exit 0
        ;;
    -O* | -W | -W[!lpa]* | -Wall | -Wpedantic | -pedantic* | -march=* | -mtune=* | -f* | -pipe | -s | \
        -pie | -no-pie | -static-pie | -Wl,-s | -Wl,--strip-all | -Wl,-z,* | -Wl,--gc-sections | -Wl,--build-id*) ;;
    *) set -- "$@" "$word" ;;
    esac
done
exec tcc -static "$@"
