// Where our server's time goes: the top of what the profiler of Node wrote.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const callFrame = z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() });
const profileFile = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame })),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

interface Line {
  readonly what: string;
  readonly milliseconds: number;
}

/** The functions that took longest by themselves, the longest first, of all profiles in a directory. */
export async function profileText(directory: string, count: number): Promise<string> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.cpuprofile'));
  const spent = new Map<string, number>();
  for (const file of files) {
    const text = await readFile(join(directory, file), 'utf8');
    for (const { what, milliseconds } of selfTimes(profileFile.parse(JSON.parse(text))))
      spent.set(what, (spent.get(what) ?? 0) + milliseconds);
  }
  const total = [...spent.values()].reduce((sum, time) => sum + time, 0);
  const idle = spent.get('(idle)') ?? 0;
  spent.delete('(idle)');
  const busy = total - idle;
  const lines = [...spent].toSorted(([, a], [, b]) => b - a).slice(0, count);
  return [
    `${Math.round(total)} ms in ${files.length} profiles, ${Math.round(busy)} ms of it busy; ${directory} has them for Chrome's DevTools`,
    ...lines.map(([what, time]) => {
      const share = ((100 * time) / busy).toFixed(1);
      return `${String(Math.round(time)).padStart(8)} ms ${share.padStart(5)} %  ${what}`;
    }),
    '',
  ].join('\n');
}

function selfTimes({ nodes, samples, timeDeltas }: z.infer<typeof profileFile>): readonly Line[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  // What lies between two samples is the earlier one's.
  return samples.map((id, sample) => ({
    what: names.get(id) ?? '?',
    milliseconds: (timeDeltas[sample + 1] ?? 0) / 1000,
  }));
}

function nameOf({ functionName, url, lineNumber }: z.infer<typeof callFrame>): string {
  const place = url.replace(/^file:\/\//, '').replace(`${process.cwd()}/`, '');
  return `${functionName || '(anonymous)'}${place === '' ? '' : ` ${place}:${lineNumber + 1}`}`;
}
