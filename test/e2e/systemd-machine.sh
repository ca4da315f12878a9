#!/bin/sh
# Boots systemd over this machine's files: `systemd-machine.sh MOUNT GROUP`. See systemd-machine.ts.
set -eu
mount=$1
for hierarchy in '' /systemd /unified; do
  [ -e "/sys/fs/cgroup$hierarchy/cgroup.procs" ] || continue
  mkdir "/sys/fs/cgroup$hierarchy/$2"
  echo $$ > "/sys/fs/cgroup$hierarchy/$2/cgroup.procs"
done
echo "held by $$;"
# shellcheck disable=SC2016 # the inner shell expands it
exec unshare --pid --mount --cgroup --ipc --uts --fork --kill-child sh -euc '
  mount --make-rprivate /
  mount -t tmpfs none "$1"
  root="$1/root"
  mkdir "$1/upper" "$1/work" "$root"
  mount -t overlay none -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$root"
  for path in /dev /sys "$2"; do mount --rbind "$path" "$root$path"; done
  mount -t proc none "$root/proc"
  mount -t tmpfs none "$root/run"
  mkdir "$root/run/targets"
  # What services lean on, without what a machine of its own would start for it.
  for target in sysinit basic shutdown network multi-user; do
    printf "[Unit]\nDefaultDependencies=no\n" > "$root/run/targets/$target.target"
  done
  cd "$root"
  mkdir -p mnt
  pivot_root . mnt
  cd /
  umount -l mnt
  export container=other SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/targets
  exec /lib/systemd/systemd --system --unit=basic.target --log-target=console --show-status=no
' sh "$mount" "$(pwd)"
