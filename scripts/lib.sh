# shellcheck shell=sh
# Shared by scripts/install and scripts/peers: installing Debian packages
# politely. Sourced, never run; POSIX sh.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
fail() { say "$*"; exit 1; }

# The words of $1 as root, or through sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

is_debian() { command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; }

can_be_root() { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null 2>&1; }

# Prints which of the packages are not installed.
missing_packages() {
    for package in "$@"; do
        state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
        case $state in
            ii*) ;;
            *) printf '%s ' "$package" ;;
        esac
    done
}

# Debian starts a service as soon as its package is installed. Nothing here is
# wanted as a service, so starting is forbidden while packages are installed,
# and whatever rule was there before comes back afterwards.
POLICY=/usr/sbin/policy-rc.d
POLICY_BEFORE=$POLICY.before-flexbridge

forbid_services() {
    if [ -e "$POLICY" ] && [ ! -e "$POLICY_BEFORE" ]; then
        as_root mv "$POLICY" "$POLICY_BEFORE"
    fi
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
}

allow_services() {
    as_root rm -f "$POLICY"
    if [ -e "$POLICY_BEFORE" ]; then
        as_root mv "$POLICY_BEFORE" "$POLICY"
    fi
}

# Installs exactly those of the packages that are missing; does nothing, and
# asks nobody, when none is.
install_packages() (
    # In a shell of its own: whoever calls has traps, too, and keeps them.
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || exit 0
    can_be_root || fail "these packages are missing; as root: apt-get install --no-install-recommends $missing"
    say "installing: $missing"
    trap allow_services EXIT
    trap 'exit 130' INT TERM
    forbid_services
    # shellcheck disable=SC2086 # a list of words on purpose
    apt_install $missing
)

apt_install() {
    if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; then
        # The package lists may be old or empty, as in a fresh container.
        as_root apt-get update -q
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
    fi
}

# The peers were just installed, so a test without its peer is a failure from here on.
require_peers() {
    if [ -z "${FLEXBRIDGE_REQUIRE_PEERS:-}" ] && command -v apt-get >/dev/null 2>&1; then
        export FLEXBRIDGE_REQUIRE_PEERS=1
    fi
}
