// `mirror doctor`: proves that a pull by this machine's own clients comes to the server, or says why it does not.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'undici';
import { unreadFile } from '../mirror/unread-file.ts';
import type { MirrorClient, PullCommand } from '../mirror/client-plan.ts';
import { filesNow } from '../mirror/node-mirror.ts';
import { probeVerdict } from '../mirror/probe-verdict.ts';
import type { Verdict } from '../mirror/probe-verdict.ts';
import { parseServerAddress } from '../mirror/server-address.ts';
import type { ServerAddress } from '../mirror/server-address.ts';
import { probeName } from '../oci/probe.ts';
import { CommandFailure } from './command-failure.ts';

export interface DoctorFlags {
  readonly server: string;
  readonly dir?: string;
  readonly ca?: string;
}

/** Milliseconds. */
const PATIENCE = 30_000;

/** @throws {CommandFailure} when a client of this machine does not pull through the server */
export async function mirrorDoctor(clients: readonly MirrorClient[], flags: DoctorFlags): Promise<void> {
  const server = parseServerAddress(flags.server);
  // Nobody has asked for it before, so that no answer is an old one.
  const probe = `${probeName}/${randomBytes(8).toString('hex')}`;
  const findings = [{ who: 'server', ...(await askServer(server, probe, flags.ca)) }];
  for (const client of clients) findings.push(...(await examine(client, server, probe, flags.dir)));
  if (findings.length === 1) {
    findings.push({
      who: 'clients',
      proven: false,
      says: `no file leads to ${server}; write them by mirror <client>`,
    });
  }
  for (const { who, proven, says } of findings) {
    process.stdout.write(`${proven ? 'ok   ' : 'FAIL '} ${who}: ${says}\n`);
  }
  if (findings.some(({ proven }) => !proven))
    throw new CommandFailure(['not every pull comes to the server']);
}

async function askServer(server: ServerAddress, probe: string, ca: string | undefined): Promise<Verdict> {
  const trust = ca === undefined ? {} : { ca: filesNow.read(ca) ?? '' };
  const agent = new Agent({ connect: { timeout: 5000, ...trust }, headersTimeout: PATIENCE });
  try {
    const url = `${server}/v2/${probe}/manifests/latest`;
    const { statusCode, body } = await request(url, { dispatcher: agent });
    const text = (await body.text()).slice(0, 1000);
    if (text.includes(`ociregistry was asked for ${probe}:`))
      return { proven: true, says: `${server} answers` };
    return { proven: false, says: `${server} answers ${statusCode}, but is no ociregistry, or an older one` };
  } catch (error) {
    return { proven: false, says: `${server} cannot be asked from here: ${(error as Error).message}` };
  } finally {
    await agent.close();
  }
}

async function examine(
  client: MirrorClient,
  server: ServerAddress,
  probe: string,
  dir = client.directory,
): Promise<readonly (Verdict & { readonly who: string })[]> {
  const led = client.led(server, dir, filesNow);
  const [first] = led.filter(({ registry }) => registry === '*').concat(led);
  if (first === undefined) return [];
  const image = first.registry === '*' ? probe : `${first.registry}/${probe}`;
  const who = `${client.name} (${[...new Set(led.map(({ path }) => path))].join(', ')})`;
  const commands = client.pulls(`${image}:latest`, dir, filesNow);
  const output = await firstThatRuns(commands);
  if (output === undefined) {
    const programs = commands.map(([program]) => program).join(' or ');
    const wanted =
      programs === ''
        ? 'it does not say whom it asks: look into the server’s log'
        : `${programs} is not there`;
    return [{ who, proven: false, says: `a pull cannot be proven: ${wanted}` }];
  }
  const { proven, says } = probeVerdict(output, server);
  const unread = proven ? undefined : unreadFile(client, dir, filesNow);
  const restart =
    unread === undefined
      ? ''
      : `; ${unread} has changed since ${client.daemon ?? ''} was started: restart it`;
  return [{ who, proven, says: `${says}${restart}` }];
}

/** @returns what it said; undefined when no program is there */
async function firstThatRuns(commands: readonly PullCommand[]): Promise<string | undefined> {
  for (const [program, ...args] of commands) {
    const output = await new Promise<string | undefined>((resolve) => {
      execFile(program, args, { timeout: PATIENCE }, (error, stdout, stderr) => {
        resolve(error?.code === 'ENOENT' ? undefined : stdout + stderr);
      });
    });
    if (output !== undefined) return output;
  }
  return undefined;
}
