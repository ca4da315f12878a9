// What this machine lets us cause faults with. What it does not is skipped, and said.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { MemoryGroup } from './memory-group.ts';

/** What Debian calls processors in the paths of libraries. */
const multiarch = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' } as const;

function succeeds(script: string): boolean {
  try {
    execFileSync('sh', ['-c', script], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const probes = {
  'strace that may trace': () => succeeds('strace -f -e trace=none -e inject=fsync:error=EIO true'),
  'mounting tmpfs': () =>
    succeeds('d=$(mktemp -d) && mount -t tmpfs tmpfs "$d" && umount "$d"; s=$?; rmdir "$d"; exit $s'),
  'ext4 on a loop device': () =>
    succeeds(
      'd=$(mktemp -d) && truncate -s 8M "$d/disk" && mkfs.ext4 -q "$d/disk" && mkdir "$d/at" && mount -o loop "$d/disk" "$d/at" && umount "$d/at"; s=$?; rm -rf "$d"; exit $s',
    ),
  'network namespaces': () => succeeds('unshare --net ip link set lo up'),
  'lossy networks': () =>
    succeeds('unshare --net iptables -A INPUT -m statistic --mode random --probability 0.1 -j DROP'),
  'a resolver of its own': () => succeeds('unshare --mount sh -c "mount --bind /dev/null /etc/resolv.conf"'),
  'a limit on memory': () => mayLimitMemory(),
  'a clock that can be set': () => fakeClock() !== undefined,
  'a limit on descriptors': () => succeeds('prlimit --nofile=64:64 true'),
} as const;

function mayLimitMemory(): boolean {
  const group = new MemoryGroup(`ociregistry-probe-${process.pid}`, 2 ** 26);
  const [program = '', ...args] = group.under;
  try {
    execFileSync(program, [...args, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    group.remove();
  }
}

export type Means = keyof typeof probes;

const found = new Map<Means, boolean>();

/** Looked for once in each process. */
export function allows(means: Means): boolean {
  const known = found.get(means) ?? probes[means]();
  found.set(means, known);
  return known;
}

/** The library that gives a process another time. */
export function fakeClock(): string | undefined {
  const folder = multiarch[process.arch as keyof typeof multiarch];
  const path = `/usr/lib/${folder}/faketime/libfaketime.so.1`;
  return existsSync(path) ? path : undefined;
}
