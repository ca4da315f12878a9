#!/bin/sh
# Installs what the fault scenarios cause faults with, as far as it is missing (Debian, Ubuntu). What cannot be had is
# no failure: the scenarios that need it are skipped, and say so.
set -eu

# file or program:package
wanted='strace:strace prlimit:util-linux mkfs.ext4:e2fsprogs ip:iproute2 iptables:iptables faketime:faketime'

packages=''
for pair in $wanted; do
  command -v "${pair%%:*}" >/dev/null 2>&1 || packages="$packages ${pair##*:}"
done
[ -n "$packages" ] || exit 0

as_root=''
[ "$(id -u)" = 0 ] || as_root='sudo'
$as_root apt-get update -qq || true
# shellcheck disable=SC2086 # a list of words is what is meant
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages ||
  echo "not installed:$packages"
