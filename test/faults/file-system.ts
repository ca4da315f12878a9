// File systems of their own for a cache, so that a fault of one is nobody else's.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Place, Test } from '../e2e/place.ts';

/** As `_IOR('X', 125, __u32)` of the kernel's ext4. */
const EXT4_IOC_SHUTDOWN = 0x8004587d;
/** Nothing more is written, not even the journal: what a power loss leaves. */
const NO_LOG_FLUSH = 2;

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function unmount(path: string): Promise<void> {
  run('umount', '--lazy', path);
  return Promise.resolve();
}

/** @param options of the mount, such as `size=8m` */
export function tmpfs(options: string) {
  return async (place: Place, test: Test): Promise<string> => {
    const path = await place.directory('tmpfs');
    run('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', path);
    // Ahead of the place, which removes what it finds.
    test.onTestFinished(() => unmount(path));
    return path;
  };
}

/** An ext4 file system in a file, which can lose its power. */
export class PowerableDisk {
  readonly path: string;
  readonly #image: string;

  private constructor(path: string, image: string) {
    this.path = path;
    this.#image = image;
  }

  static async make(place: Place, test: Test): Promise<PowerableDisk> {
    const image = join(await place.directory('disk'), 'image');
    run('truncate', '--size', '128M', image);
    run('mkfs.ext4', '-q', image);
    const disk = new PowerableDisk(await place.directory('ext4'), image);
    disk.#mount();
    test.onTestFinished(() => unmount(disk.path));
    return disk;
  }

  /** From this moment on nothing reaches the disk, and every call fails. */
  loseThePower(): void {
    const script =
      'open(my $d, "<", $ARGV[0]) or die $!; my $f = pack("L", $ARGV[2]); ioctl($d, $ARGV[1], $f) or die $!';
    run('perl', '-e', script, this.path, String(EXT4_IOC_SHUTDOWN), String(NO_LOG_FLUSH));
  }

  /** As the kernel does when it has found the file system damaged: with files open for writing, and a journal cut off. */
  turnReadOnly(): void {
    run('mount', '-o', 'remount,abort', this.path);
  }

  /** As after a start of the machine; nobody may have anything open on it. */
  powerUp(): void {
    run('umount', this.path);
    this.#mount();
  }

  #mount(): void {
    // The defaults write a file that is renamed over another; what we sync ourselves must not need that.
    run('mount', '-o', 'loop,noauto_da_alloc', this.#image, this.path);
  }
}
