// What is asked of a running server beside pulls: its admin socket, and the commands, each in a process of its own.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Without the developer's environment, so that no OCIREGISTRY_… of theirs counts; with the option of Node's that the
 * executable is built with.
 */
export function command(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const all = ['--disable-warning=ExperimentalWarning', main, ...args];
    const child = execFile(process.execPath, all, { env: {} }, (_, stdout, stderr) => {
      resolve({ status: child.exitCode, stdout, stderr });
    });
  });
}

export interface AdminAnswer {
  readonly status: number;
  readonly contentType: unknown;
  readonly text: string;
}

/** @param body sent as JSON */
export async function askAdmin(
  socketPath: string,
  path: string,
  method = 'GET',
  body?: object,
): Promise<AdminAnswer> {
  const agent = new Agent({ connect: { socketPath } });
  try {
    const answer = await agent.request({
      origin: 'http://localhost',
      path,
      method: method,
      ...(body !== undefined && {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const { statusCode, headers } = answer;
    return { status: statusCode, contentType: headers['content-type'], text: await answer.body.text() };
  } finally {
    await agent.destroy();
  }
}

/** The samples of a text of metrics, by name and labels. */
export function samples(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const match = /^([a-z][a-z\d_]*(?:\{(?:[a-z_]+="[^"]*",?)*\})?) (\S+)$/.exec(line);
      if (match === null) throw new Error(`no sample: ${line}`);
      return [match[1] ?? '', Number(match[2])] as const;
    }),
  );
}

/** Those that say the same of the same requests, however long they took and whatever else uses the disk. */
export function comparable(all: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...all].filter(([name]) => !/^ociregistry_(disk_|request_.*_(bucket|sum)\{)/.test(name)));
}
