#!/bin/sh
# `make bench` and `make profile`: installs who we are measured against, as far as they are missing (Debian, Ubuntu), then
# measures in a network namespace of its own. There, ports are free and the congestion control is reno: bbr, which many
# machines have, throttles sendfile on loopback to a third. Arguments go to bench.ts; PEERS='distribution' builds that with Go.
set -eu
cd "$(dirname "$0")/.."
out=$PWD/build/bench
mkdir -p "$out/bin"
PATH="$PWD/node_modules/.bin:$out/bin:$PATH:/usr/sbin:/sbin"
export PATH

# program:package
wanted='docker-registry:docker-registry nginx:nginx wrk:wrk openssl:openssl ip:iproute2 taskset:util-linux sysctl:procps'
packages=''
for pair in $wanted; do
  command -v "${pair%%:*}" >/dev/null 2>&1 || packages="$packages ${pair##*:}"
done
if [ -n "$packages" ]; then
  as_root=''
  [ "$(id -u)" = 0 ] || as_root='sudo'
  $as_root apt-get update -qq
  # shellcheck disable=SC2086 # a list of words is what is meant
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
fi

for peer in ${PEERS:-}; do
  case $peer in
    distribution)
      test -x "$out/bin/registry" || GOBIN="$out/bin" go install github.com/distribution/distribution/v3/cmd/registry@v3.1.2
      ;;
    *)
      echo "no such peer: $peer; there is: distribution" >&2
      exit 2
      ;;
  esac
done

# Who is not root is root there alone.
as_owner=''
[ "$(id -u)" = 0 ] || as_owner='--map-root-user'
# In memory, since it is not the disk that is measured; gigabytes of it, so they go whatever happens.
place=$(mktemp -d /dev/shm/bench-XXXXXX)
trap 'rm -rf "$place"' EXIT
trap 'exit 130' INT TERM

# The client has the second core; programs that are measured are started on the first.
# shellcheck disable=SC2086,SC2016
unshare --net $as_owner sh -euc '
  ip link set lo up
  sysctl -qw net.ipv4.tcp_congestion_control=reno
  ulimit -n "$(ulimit -Hn)"
  exec taskset -c 1 node --disable-warning=ExperimentalWarning bench/bench.ts "$@"
' bench --place "$place" "$@"
