#!/bin/sh
# Installs the server as a systemd service, or upgrades it; nothing is pulled. With --undo it is taken away again, but not
# what is anybody's own: the configuration, the drop-ins, the cache, and the user whom the cache belongs to.
set -eu

usage() {
  echo "usage: $0 [--undo] [--root DIRECTORY] [EXECUTABLE]   (as root; the default is bin/server of this clone)" >&2
  exit 2
}

here=$(cd "$(dirname "$0")" && pwd)
executable="$here/../../bin/server"
root=''
undo=''
while [ $# -gt 0 ]; do
  case $1 in
    --undo) undo=yes ;;
    --root) [ $# -ge 2 ] || usage; root=${2%/}; shift ;;
    -*) usage ;;
    *) executable=$1 ;;
  esac
  shift
done

program="$root/usr/local/bin/ociregistry"
unit="$root/etc/systemd/system/ociregistry.service"
settings="$root/etc/ociregistry"

# Only where systemd runs, and not in the tree of another machine.
live() {
  [ -z "$root" ] && [ -d /run/systemd/system ]
}

if [ -n "$undo" ]; then
  if [ -e "$unit" ]; then
    if live; then systemctl stop ociregistry.service; fi
    systemctl --root="$root/" --quiet disable ociregistry.service
  fi
  rm -f "$unit" "$program"
  if live; then systemctl daemon-reload; fi
  echo "removed; what is yours stays: $settings and $root/var/lib/ociregistry"
  exit 0
fi

[ -x "$executable" ] || { echo "$executable is no executable: build it by \`make desktop\`, or name another" >&2; exit 1; }
mkdir -p "$root/etc" "$(dirname "$program")" "$(dirname "$unit")"
systemd-sysusers --root="$root/" --inline 'u ociregistry - "ociregistry" /var/lib/ociregistry'
group=$(sed -n 's/^ociregistry:[^:]*:\([0-9]*\):.*/\1/p' "$root/etc/group")

# The file is replaced and never written to: a server that runs from it keeps it.
install -m 0755 "$executable" "$program.new"
mv -f "$program.new" "$program"
# It may hold passwords.
install -d -m 0750 -g "$group" "$settings"
[ -e "$settings/ociregistry.yaml" ] || install -m 0640 -g "$group" "$here/ociregistry.yaml" "$settings/ociregistry.yaml"
install -m 0644 "$here/ociregistry.service" "$unit"
systemctl --root="$root/" --quiet enable ociregistry.service
if live; then
  systemctl daemon-reload
  # Returns when the server answers.
  systemctl restart ociregistry.service
fi
echo "installed: $program, $unit; the configuration is $settings/ociregistry.yaml"
