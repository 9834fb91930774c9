# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Fresh Debian machines in folders, for scripts/systems.sh and scripts/packages.sh, which source this as their first step: the script that
# does goes on in a namespace of its own, as --inside. A machine's /dev is its own: what goes wrong in there must not reach the machine that
# it stands on. The namespace's mounts are gone with its last process.

fail() { # fail STATUS MESSAGE
    echo "$(basename "$0"): $2" >&2
    exit "$1"
}

if [ "${1:-}" != --inside ]; then
    case "${1:-}" in
        -h | --help) usage; exit 0 ;;
    esac
    [ "$(id -u)" -eq 0 ] || fail 1 "must run as root: debootstrap and chroot ask for it"
    script=$(readlink -f "$0")
    exec unshare --mount --propagation private -- "$script" --inside "$@"
fi
shift

make_devices() { # make_devices ROOT
    mount -t proc proc "$1/proc"
    mount -t sysfs -o ro sysfs "$1/sys"
    mount -t tmpfs -o mode=755,nosuid tmpfs "$1/dev"
    local device name major minor
    for device in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0"; do
        read -r name major minor <<<"$device"
        mknod -m 666 "$1/dev/$name" c "$major" "$minor"
    done
    mkdir "$1/dev/pts" "$1/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$1/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
    ln -s pts/ptmx "$1/dev/ptmx"
    ln -s /proc/self/fd "$1/dev/fd"
    ln -s fd/0 "$1/dev/stdin"
    ln -s fd/1 "$1/dev/stdout"
    ln -s fd/2 "$1/dev/stderr"
}

# The machine's folder; where what it says goes; where downloaded packages are kept; the archive, if not debootstrap's own choice.
root="" log=/dev/null packages="" mirror=""
user=tester
home=/home/$user
checkout=$home/memspike # of what is committed here
environment=(HOME="$home" USER="$user" LANG=C.UTF-8 TERM=dumb PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin)
as_user() { chroot --userspec="$user:$user" "$root" /usr/bin/env -i "${environment[@]}" "$@"; }
as_root() { chroot "$root" /usr/bin/env -i LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/bin:/bin:/usr/sbin:/sbin "$@"; }

# make_machine SUITE [INCLUDED]: a minimal system in $root with the user in it.
make_machine() {
    local options=(--variant=minbase ${2:+"--include=$2"})
    command -v debootstrap >/dev/null || fail 1 "debootstrap is not installed: apt-get install debootstrap"
    if [ -n "$packages" ]; then
        mkdir -p "$packages/$1/partial"
        options+=(--cache-dir="$(readlink -f "$packages/$1")")
    fi
    debootstrap "${options[@]}" "$1" "$root" ${mirror:+"$mirror"} >>"$log" 2>&1 || { tail -n 5 "$log" >&2; fail 1 "debootstrap failed"; }
    make_devices "$root"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    # How this machine reaches the archive: a proxy, or signatures that may be old.
    apt-config dump 2>/dev/null | grep -E '^Acquire::(http|https|Check-)' >"$root/etc/apt/apt.conf.d/99machine" || true
    if [ -n "$packages" ]; then
        mount --bind "$packages/$1" "$root/var/cache/apt/archives"
    fi
    chroot "$root" useradd --create-home --shell /bin/bash "$user"
    as_root apt-get update -qq >>"$log" 2>&1
}

# The user's checkout of what is committed here, at $checkout.
clone_into_machine() {
    [ -z "$(git status --porcelain)" ] || echo "$(basename "$0"): there are changes that are not committed; they are not in what is tried" >&2
    if [ -d "$root$checkout" ]; then
        git -c safe.directory='*' -C "$root$checkout" fetch --quiet "$PWD" HEAD
        git -c safe.directory='*' -C "$root$checkout" reset --quiet --hard FETCH_HEAD
    else
        git clone --quiet "$PWD" "$root$checkout"
    fi
    chroot "$root" chown -R "$user:$user" "$checkout"
}

remove_machine() { # remove_machine ROOT
    # Never through a mount: what is mounted is in here only, and goes first.
    local mounts mount
    mapfile -t mounts < <(findmnt -rno TARGET | grep -F "$1/" | sort -r)
    for mount in "${mounts[@]}"; do umount "$mount" || return; done
    rm -rf --one-file-system "$1"
}
