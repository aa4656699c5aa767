#!/bin/sh
# Gets what `make test` needs on Debian or Ubuntu: browsers, proxies, Redis and fonts from the system's packages, the
# JavaScript and Python clients from theirs. Does nothing that is done already.
set -eu
cd "$(dirname "$0")/.."

# Each package with the command by which it is known to be there, or the folder if that is all it has.
missing=
need() {
    command -v "$1" >/dev/null || [ -e "$1" ] || missing="$missing $2"
}
need chromium chromium
# The packages of these two may start a server of their own, on the usual port; the tests start theirs on free
# ports and leave those alone.
need /usr/sbin/nginx nginx
need redis-server redis-server
need openssl openssl
need curl curl
need strace strace
need node nodejs
need npm npm
need python3 python3-venv
python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
need /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc fonts-noto-cjk
need /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf fonts-noto-color-emoji
need /usr/share/fonts/truetype/roboto/unhinted/RobotoTTF/Roboto-Regular.ttf fonts-roboto-unhinted
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif sudo -n true 2>/dev/null; then
        as_root=sudo
    else
        echo "The tests need packages that are not there. Install them with:" >&2
        echo "    sudo apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
    $as_root apt-get update
    # shellcheck disable=SC2086 # a list of names
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
fi

# npm writes node_modules/.package-lock.json last.
for folder in web tests; do
    done="$folder/node_modules/.package-lock.json"
    if [ ! "$done" -nt "$folder/package-lock.json" ]; then
        npm ci --prefix "$folder"
        touch "$done"
    fi
done

# Python's clients, in a place of their own.
venv=target/interop-venv
if [ ! "$venv/ready" -nt tests/interop/requirements.txt ]; then
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r tests/interop/requirements.txt
    touch "$venv/ready"
fi
