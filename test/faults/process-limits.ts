// What a process has and may have, as the kernel tells.
import { readFile } from 'node:fs/promises';

export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024);
}

/** As many descriptors as this process may have, and those that it starts. */
export async function mostDescriptors(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  const [, hard = ''] = /^Max open files\s+\S+\s+(\S+)/m.exec(limits) ?? [];
  return hard === 'unlimited' ? Infinity : Number(hard);
}
