#!/bin/sh
# Loads an archive of `make image-tar` into the container runtime of this node, as root, so that the kubelet starts the
# server without pulling it: `side-load.sh ARCHIVE`. Doing it again changes nothing.
set -eu

[ $# -eq 1 ] && [ -r "$1" ] || { echo "usage: $0 ARCHIVE" >&2; exit 2; }
archive=$1
name=$(tar -xOf "$archive" index.json | sed -n 's/.*"org.opencontainers.image.ref.name":"\([^"]*\)".*/\1/p')
[ -n "$name" ] || { echo "$archive has no name for its image: make it by \`make image-tar\`" >&2; exit 1; }

# CTR is for runtimes in other places, like `CTR='ctr --address /run/other.sock'`.
rke2=/var/lib/rancher/rke2/bin/ctr
if [ -z "${CTR:-}" ]; then
  if command -v k3s >/dev/null 2>&1; then
    CTR='k3s ctr'
  elif [ -x "$rke2" ]; then
    CTR="$rke2 --address /run/k3s/containerd/containerd.sock"
  elif command -v crio >/dev/null 2>&1; then
    skopeo copy --quiet "oci-archive:$archive" "containers-storage:$name"
    echo "$name is loaded; name it in pinned_images of crio.conf, or the kubelet may remove it when the disk fills"
    exit 0
  else
    CTR=ctr
  fi
fi
# shellcheck disable=SC2086 # CTR is a command with its arguments
$CTR --namespace k8s.io images import "$archive" >/dev/null
# Else the kubelet may remove it when the disk fills, and could not get it back.
# shellcheck disable=SC2086
$CTR --namespace k8s.io images label "$name" io.cri-containerd.pinned=pinned >/dev/null
echo "$name is loaded, and pinned"
