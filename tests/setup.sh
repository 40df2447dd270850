# Sourced by tests/run: brings what the suites need. It must never start, stop or configure a service of this machine,
# nor replace its Rust.

oldest_rust=1.85.0
oldest_rust_root=$PWD/target/oldest-rust
export PATH=$PWD/target/tools/bin:$PATH

packages=(
    libvirt-daemon libvirt-daemon-system libvirt-clients libvirt-daemon-driver-qemu libvirt-daemon-config-network
    dnsmasq-base iptables nftables iproute2 util-linux python3-libvirt dpkg-dev debootstrap
    zsh fish man-db libxml2-utils sasl2-bin libsasl2-modules libsasl2-modules-gssapi-mit krb5-kdc krb5-admin-server
    krb5-user openssh-server openssh-client netcat-openbsd openssl sudo
    gnutls-bin python3 python3-venv python3-lxml binutils rpm qemu-user g++ chromium chromium-driver
)

have() { command -v "$1" >/dev/null; }

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

may_install() { [ "$(id -u)" = 0 ] && have apt-get; }

install_missing() {
    local missing=() package
    for package in "${packages[@]}"; do
        have dpkg-query && installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! may_install; then
        echo "not installed, and not installable by this user: ${missing[*]}" >&2
        return 0
    fi
    apt-get update -q
    without_services apt-get install -q -y --no-install-recommends --no-remove "${missing[@]}" || return
    # Their programs alone are wanted: nothing is to listen on this machine after its next start.
    case " ${missing[*]} " in
        *" openssh-server "*) systemctl --root=/ --quiet disable ssh.service 2>/dev/null || : ;;
    esac
    case " ${missing[*]} " in
        *" krb5-"*) systemctl --root=/ --quiet disable krb5-kdc.service krb5-admin-server.service 2>/dev/null || : ;;
    esac
}

# Debian's packages start their services on installation unless this file says no.
without_services() {
    local policy=/usr/sbin/policy-rc.d
    if [ -e $policy ]; then
        # The machine has a policy of its own. If it lets services start, installing is for its owner to do.
        if $policy libvirtd start >/dev/null 2>&1; then
            echo "$policy lets services start: install by hand: $*" >&2
            return 1
        fi
        DEBIAN_FRONTEND=noninteractive "$@"
        return
    fi
    (
        trap 'rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
        DEBIAN_FRONTEND=noninteractive "$@"
    )
}

# Debian's packages of the oldest Rust, unpacked under target/: an installation would conflict with rustup's.
unpack_oldest_rust() {
    [ -x "$oldest_rust_root/usr/bin/cargo" ] && return 0
    have apt-cache || return 1
    if may_install && ! apt-cache madison rustc-web | grep -q " $oldest_rust"; then apt-get update -q; fi
    apt-cache madison rustc-web | grep -q " $oldest_rust" || return 1
    local debs=$oldest_rust_root.debs deb
    rm -rf "$debs" "$oldest_rust_root"
    mkdir -p "$debs"
    (cd "$debs" && apt-get download -q "rustc-web=$oldest_rust*" "cargo-web=$oldest_rust*" \
        "libstd-rust-web-dev=$oldest_rust*" "libstd-rust-web-1.85=$oldest_rust*" \
        libllvm19 libhttp-parser2.9 libpcre3) || return 1
    for deb in "$debs"/*.deb; do dpkg-deb -x "$deb" "$oldest_rust_root.new" || return 1; done
    rm -rf "$debs"
    mv "$oldest_rust_root.new" "$oldest_rust_root"
}

with_oldest_rust() {
    local usr=$oldest_rust_root/usr libraries
    libraries=$(find "$oldest_rust_root" -name '*-linux-gnu' -path '*/lib/*' -prune -printf '%p:')
    env -u RUSTUP_TOOLCHAIN PATH="$usr/bin:$PATH" RUSTC="$usr/bin/rustc" LD_LIBRARY_PATH="$libraries" \
        CARGO_TARGET_DIR="$PWD/target/oldest" "$@"
}
