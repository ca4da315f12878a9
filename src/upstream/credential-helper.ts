// Docker's credential helpers: programs that are asked for one registry's credentials over a pipe.
import { spawn } from 'node:child_process';
import { CredentialError } from './credentials.ts';
import type { Credentials } from './credentials.ts';

export interface HelperOptions {
  readonly timeoutMs?: number;
  /** Of the program; our own when it is not given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const TIMEOUT_MS = 5000;
const MAX_OUTPUT_BYTES = 64 * 1024;
/** What helpers print, by protocol, when they have nothing for that registry. */
const notFound = 'credentials not found in native keychain';

/**
 * Runs `docker-credential-<helper> get`.
 * @returns undefined when the helper knows none
 * @throws {CredentialError} without anything that the helper printed
 * @see https://github.com/docker/docker-credential-helpers#development
 */
export async function askHelper(
  helper: string,
  serverUrl: string,
  options: HelperOptions = {},
): Promise<Credentials | undefined> {
  const program = `docker-credential-${helper}`;
  const { code, output } = await run(program, `${serverUrl}\n`, options);
  if (code !== 0) {
    if (output.trim() === notFound) return undefined;
    throw new CredentialError(`${program} failed for ${serverUrl} (exit ${code}); run it by hand to see why`);
  }
  return parseAnswer(program, output);
}

function parseAnswer(program: string, output: string): Credentials | undefined {
  let answer: { Username?: unknown; Secret?: unknown } | null;
  try {
    answer = JSON.parse(output) as typeof answer;
  } catch {
    throw new CredentialError(`${program} did not answer JSON`);
  }
  const { Username: user, Secret: secret } = answer ?? {};
  if (typeof user !== 'string' || typeof secret !== 'string') {
    throw new CredentialError(`${program} answered without Username and Secret`);
  }
  if (secret === '') return undefined;
  return user === '<token>'
    ? { kind: 'identity', token: secret }
    : { kind: 'password', user, password: secret };
}

interface Finished {
  readonly code: number | string;
  readonly output: string;
}

function run(program: string, input: string, options: HelperOptions): Promise<Finished> {
  const { timeoutMs = TIMEOUT_MS, env } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  const child = spawn(program, ['get'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    ...(env && { env: { ...env } }),
  });
  const chunks: Buffer[] = [];
  let length = 0;
  const giveUp = (error: CredentialError): void => {
    child.kill('SIGKILL');
    // A grandchild may hold the pipe open; we do not wait for it.
    child.stdout.destroy();
    reject(error);
  };
  const timer = setTimeout(() => {
    giveUp(new CredentialError(`${program} did not answer within ${timeoutMs} ms`, { temporary: true }));
  }, timeoutMs);
  child.stdout.on('data', (chunk: Buffer) => {
    length += chunk.length;
    chunks.push(chunk);
    if (length > MAX_OUTPUT_BYTES) giveUp(new CredentialError(`${program} answered too much`));
  });
  // A helper that ends without reading its input breaks the pipe; its exit code says more.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  child.on('error', (cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'ENOENT' ? 'there is no such program on the PATH' : (cause.code ?? 'error');
    reject(new CredentialError(`${program} cannot be run: ${reason}`, { cause }));
  });
  child.on('close', (code, signal) =>
    resolve({ code: code ?? signal ?? '?', output: Buffer.concat(chunks).toString() }),
  );
  return promise.finally(() => clearTimeout(timer));
}
