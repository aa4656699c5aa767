#!/bin/sh
# Gets the peers that Openline is compared with on Debian or Ubuntu, each from its own package registry: nginx with
# Nchan, Pushpin and Redis from the system's, `ws` and Socket.IO from npm's, Flask, gevent and gunicorn from Python's.
# Does nothing that is done already. A peer that cannot be had is left out of the comparison, which says so.
set -eu
cd "$(dirname "$0")"

missing=
need() {
    # Not `-e` for all: a program's name may be that of a folder here.
    case $1 in
        /*) [ -e "$1" ] ;;
        *) command -v "$1" >/dev/null ;;
    esac || missing="$missing $2"
}
# The packages of these may start a server of their own on the usual port; the comparison starts its own on free
# ports and leaves those alone.
need /usr/sbin/nginx nginx
need /usr/lib/nginx/modules/ngx_nchan_module.so libnginx-mod-nchan
need pushpin pushpin
need condure condure
need zurl zurl
need redis-server redis-server
need node nodejs
need npm npm
need python3 python3-venv
python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif sudo -n true 2>/dev/null; then
        as_root=sudo
    else
        echo "These packages are not there. Install them with:" >&2
        echo "    sudo apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
    $as_root apt-get update
    # shellcheck disable=SC2086 # a list of names
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
fi

# npm writes node_modules/.package-lock.json last.
if [ ! node/node_modules/.package-lock.json -nt node/package-lock.json ]; then
    npm ci --prefix node
    touch node/node_modules/.package-lock.json
fi

venv=../../target/peers-venv
if [ ! "$venv/ready" -nt flask/requirements.txt ]; then
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r flask/requirements.txt
    touch "$venv/ready"
fi
