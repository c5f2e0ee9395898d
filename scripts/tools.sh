# shellcheck shell=sh
# Tools that are built once and kept outside of target/, so that they survive a
# clean build. Sourced after lib.sh, never run; POSIX sh.

PATH=$PATH:$HOME/.cargo/bin
TOOLS=${FLEXBRIDGE_CI_TOOLS:-$HOME/.cache/flexbridge-ci}

# Builds the crates.io tool $1 in version $2 unless it is there; further words go to cargo install.
# Unoptimised: it compiles in a third of the time, and none of them has much to do.
cargo_tool() {
    tool=$1 version=$2
    shift 2
    if ! grep -qs "\"$tool $version " "$TOOLS/.crates.toml"; then
        cargo install --quiet --locked --debug --root "$TOOLS" --version "$version" "$@" "$tool"
    fi
}

# Unpacks a clean Debian 12 into the directory $1. What it is unpacked from is fetched once a
# month, by the mirror that this machine's own apt uses.
clean_debian() {
    kept=$TOOLS/debian-12-$(date +%Y-%m).tar
    if [ ! -f "$kept" ]; then
        install_packages debootstrap
        rm -f "$TOOLS"/debian-12-*.tar
        fresh=$(mktemp -d)
        debootstrap --variant=minbase bookworm "$fresh" "$(apt_mirror)" >"$fresh.log" 2>&1 ||
            { tail -n 20 "$fresh.log" >&2; fail "debootstrap failed"; }
        mkdir -p "$TOOLS"
        tar -C "$fresh" --one-file-system -cf "$kept.new" .
        mv "$kept.new" "$kept"
        remove_debian "$fresh"
        rm -f "$fresh.log"
    fi
    tar -C "$1" -xf "$kept"
    # Other users are to come in, too.
    chmod 0755 "$1"
    cp /etc/resolv.conf "$1/etc/resolv.conf"
    rm -f "$1/etc/apt/sources.list"
    debian_sources "$1"
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
    chmod 755 "$1/usr/sbin/policy-rc.d"
}

# Removes a clean Debian again, never through a mount: what is mounted there may be the
# machine's own, and removing it would take the machine along.
remove_debian() {
    umount "$1/proc" 2>/dev/null || true
    if grep -qF " $1/" /proc/self/mountinfo; then
        say "something is still mounted in $1; it is left there"
        return 0
    fi
    rm -rf --one-file-system "$1"
}

# The URI of Debian's own archive in this machine's sources.
apt_mirror() {
    found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
        grep -v '^ *#' | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1)
    printf '%s\n' "${found:-http://deb.debian.org/debian}"
}

# Gives the directory $1 this machine's sources of Debian's packages, and how it gets there.
debian_sources() {
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
        [ ! -f "$file" ] || cp "$file" "$1$file"
    done
    [ -f "$1/etc/apt/sources.list" ] || [ -f "$1/etc/apt/sources.list.d/debian.sources" ] ||
        echo "deb $(apt_mirror) bookworm main" >"$1/etc/apt/sources.list"
    for file in /etc/apt/apt.conf.d/*proxy*; do
        [ ! -f "$file" ] || cp "$file" "$1$file"
    done
}

# apt-get inside of the directory $1.
apt_in() {
    root=$1
    shift
    chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root "$@"
}
