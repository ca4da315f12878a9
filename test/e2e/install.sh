#!/bin/sh
# Installs the programs that the end-to-end tests use for real, as far as they are missing (Debian, Ubuntu).
set -eu

# program:package
wanted='docker-registry:docker-registry skopeo:skopeo containerd:containerd ctr:containerd podman:podman
buildah:buildah umoci:umoci jq:jq curl:curl cmp:diffutils htpasswd:apache2-utils dockerd:docker.io ip:iproute2
promtool:prometheus nginx:nginx-light systemd-analyze:systemd readelf:binutils runc:runc'

packages=''
for pair in $wanted; do
  command -v "${pair%%:*}" >/dev/null 2>&1 || packages="$packages ${pair##*:}"
done
[ -n "$packages" ] || exit 0

as_root=''
[ "$(id -u)" = 0 ] || as_root='sudo'
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of words is what is meant
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
