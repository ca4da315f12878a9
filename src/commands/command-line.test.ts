import { execFile, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'command-line-'));
afterAll(() => rmSync(directory, { recursive: true }));
const badConfig = join(directory, 'bad.yaml');
writeFileSync(badConfig, '- name: a.test\n  auth: { user: u, password: 7 }\n- name: a.test\n');

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Without the developer's environment, so that no OCIREGISTRY_… of theirs counts; with the option of Node's that the
 * executable is built with.
 */
function command(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const all = ['--disable-warning=ExperimentalWarning', main, ...args];
    const child = execFile(process.execPath, all, { env }, (_, stdout, stderr) => {
      resolve({ status: child.exitCode, stdout, stderr });
    });
  });
}

const versionLine = `ociregistry ${manifest.version} (node ${process.versions.node})\n`;

describe('the version', () => {
  test.each([['--version'], ['version']])('%s', async (...args) => {
    expect(await command(args)).toEqual({ status: 0, stdout: versionLine, stderr: '' });
  });
});

describe('help', () => {
  test.each([
    {
      args: ['--help'],
      shows: ['--image-path <DIR>', '--list-cache', 'serve [options]', 'env: OCIREGISTRY_PORT', '8080'],
    },
    {
      args: ['serve', '--help'],
      shows: ['--pull-timeout <MS>', '60000', '--always-pull-latest', '--no-complete'],
    },
    { args: ['list', '--help'], shows: ['--image-path <DIR>', '--json'] },
    { args: ['help', 'list'], shows: ['--image-path <DIR>', '--json'] },
  ])('$args', async ({ args, shows }) => {
    const { status, stdout, stderr } = await command(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const text of shows) expect(stdout).toContain(text);
  });
});

describe('what is wrong is said in a line each, and in the exit status', () => {
  const table: readonly {
    args: readonly string[];
    env?: Record<string, string>;
    status: number;
    stderr: string;
  }[] = [
    {
      args: ['--prot', '1'],
      status: 2,
      stderr: "unknown option '--prot' (Did you mean --port?); see --help",
    },
    {
      args: ['list', '--port', '1'],
      status: 2,
      stderr: "unknown option '--port' (Did you mean --sort?); see --help",
    },
    { args: ['--port'], status: 2, stderr: "option '--port <PORT>' argument missing; see --help" },
    { args: ['--port', '65536'], status: 2, stderr: '--port: must be a whole number from 0 to 65535' },
    { args: ['--port', '-1'], status: 2, stderr: '--port: must be a whole number from 0 to 65535' },
    {
      args: ['--log-level', 'loud'],
      status: 2,
      stderr: '--log-level: must be trace, debug, info, warn or error',
    },
    { args: ['lsit'], status: 2, stderr: "unknown command 'lsit' (Did you mean list?); see --help" },
    { args: ['frobnicate'], status: 2, stderr: "unknown command 'frobnicate'; see --help" },
    {
      args: ['list', 'x', 'y'],
      status: 2,
      stderr: "too many arguments for 'list'. Expected 1 argument but got 2: x, y; see --help",
    },
    {
      args: ['--default-ns', 'https://ghcr.io'],
      status: 2,
      stderr:
        '--default-ns: "https://ghcr.io" is no registry host: leave out the scheme, a host is all that is wanted',
    },
    {
      args: [],
      env: { OCIREGISTRY_PORT: 'x' },
      status: 1,
      stderr: 'OCIREGISTRY_PORT: must be a whole number from 0 to 65535',
    },
    {
      args: ['--config-path', '/no/file'],
      status: 1,
      stderr: 'config file /no/file: the file does not exist',
    },
    {
      args: ['--config-path', badConfig],
      status: 1,
      stderr: `${badConfig}:2:30: [0].auth.password must be text; put quotes around it\nociregistry: ${badConfig}:3:9: this registry already has an entry, on line 1`,
    },
    {
      args: ['--port', '0', '--host', '127.0.0.1', '--image-path', badConfig],
      status: 1,
      stderr: `image path ${badConfig}: it is a file, not a directory; choose another with --image-path`,
    },
    {
      args: ['--port', '0', '--host', '127.0.0.1', '--image-path', `${badConfig}/images`],
      status: 1,
      stderr: `image path ${badConfig}/images: a part of it is a file, not a directory; choose another with --image-path`,
    },
  ];
  test.each(table)('$args', async ({ args, env, status, stderr }) => {
    expect(await command(args, env)).toEqual({ status, stdout: '', stderr: `ociregistry: ${stderr}\n` });
  });

  test('a used port', async () => {
    await using other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const args = ['--host', '127.0.0.1', '--port', String(port), '--image-path', join(directory, 'used')];
    expect(await command(args)).toEqual({
      status: 1,
      stdout: '',
      stderr: `ociregistry: port ${port} is in use; stop the program that has it or choose another with --port\n`,
    });
  });
});

describe('list and missed', () => {
  const path = join(directory, 'empty');
  const absent = join(directory, 'absent');
  beforeAll(() => mkdir(path));
  test.each([
    { args: ['list', '--image-path', path], stdout: `nothing is cached in ${path}\n` },
    { args: ['--image-path', path, 'list'], stdout: `nothing is cached in ${path}\n` },
    { args: ['--list-cache', '--image-path', path], stdout: `nothing is cached in ${path}\n` },
    { args: ['list', '--json', '--image-path', path], stdout: '[]\n' },
    { args: ['--list-cache', '--json', '--image-path', path], stdout: '[]\n' },
    { args: ['missed', '--image-path', path], stdout: 'nothing was refused for want of an upstream\n' },
    { args: ['missed', '--json', '--image-path', path], stdout: '[]\n' },
    { args: ['missed', '--list', '--image-path', path], stdout: '' },
  ])('$args', async ({ args, stdout }) => {
    expect(await command(args)).toEqual({ status: 0, stdout, stderr: '' });
  });

  test.each(['list', 'missed'])(
    '%s of a directory that is not there is a mistake, and makes none',
    async (verb) => {
      const stderr = `ociregistry: image path ${absent}: there is no such directory; choose another with --image-path\n`;
      for (let tries = 0; tries < 2; tries += 1) {
        expect(await command([verb, '--image-path', absent])).toEqual({ status: 1, stdout: '', stderr });
      }
    },
  );
});

describe('serve', () => {
  /** A server that has said `ready`, and what it had said until then. */
  async function serve(...args: readonly string[]): Promise<{ child: Server; banner: string; url: string }> {
    const base = ['--host', '127.0.0.1', '--port', '0', '--image-path', join(directory, 'images')];
    const child: Server = spawn(process.execPath, [main, ...base, ...args], {
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      if (line === 'ready') break;
    }
    const banner = lines.join('\n');
    return { child, banner, url: /http:\S+/.exec(banner)?.[0] ?? '' };
  }
  type Server = ChildProcessByStdio<null, Readable, Readable>;

  function ended(child: Server): Promise<{ code: number | null; signal: string | null }> {
    return new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
  }

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'serves after `ready`, and %s ends it with status 0',
    async (signal) => {
      const { child, banner, url } = await serve(...(signal === 'SIGINT' ? ['serve', '--air-gapped'] : []));
      expect(banner).toContain(`air-gapped    ${signal === 'SIGINT' ? 'yes' : 'no'}`);
      expect(banner).toContain(`image path    ${join(directory, 'images')} (0 manifests cached)`);
      const response = await fetch(`${url}/v2/`);
      expect(response.status).toBe(200);
      await response.body?.cancel();
      const end = ended(child);
      child.kill(signal);
      expect(await end).toEqual({ code: 0, signal: null });
    },
  );

  test('goes on when nobody reads its log any more', async () => {
    const { child, url } = await serve('--log-level', 'debug');
    child.stderr.destroy();
    for (let request = 0; request < 3; request++) expect((await fetch(`${url}/v2/`)).status).toBe(200);
    const end = ended(child);
    child.kill('SIGTERM');
    expect(await end).toEqual({ code: 0, signal: null });
  });
});
