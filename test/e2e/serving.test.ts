// Real clients at a server that speaks TLS and wants to know who they are: they log in, pull, and are turned away.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { digestsOfFiles } from './blob-files.ts';
import { ownName, pathName } from './client.ts';
import type { Mirror } from './client.ts';
import { Containerd } from './containerd.ts';
import { DockerRegistry } from './docker-registry.ts';
import { everyDigest } from './image-tree.ts';
import { OurServer } from './our-server.ts';
import { openPlace } from './place.ts';
import type { Place, Test } from './place.ts';
import { Authority } from './secured-registry.ts';
import type { CertificateFiles } from './secured-registry.ts';
import type { Finished } from './tool.ts';

const { app, storage } = inject('content');
const user = 'robot';
const canary = 'canary-4711-of-serving';

interface Guarded {
  readonly place: Place;
  readonly server: OurServer;
  readonly mirror: Mirror;
  /** The paths of what its clients believe and show. */
  readonly trust: CertificateFiles & { readonly ca: string };
  /** A directory in docker's form, with the same. */
  readonly certDir: string;
}

/** A server that wants a password over TLS, or a certificate. */
async function guarded(context: Test, wants: 'password' | 'certificate'): Promise<Guarded> {
  const place = await openPlace(context);
  const registry = await DockerRegistry.start(place, storage);
  const authority = await Authority.make(place);
  const trust = { ca: authority.file, ...(await authority.issueFiles('node', true)) };
  const directory = await place.directory('serving');
  const htpasswd = join(directory, 'htpasswd');
  const { stdout } = await place.run('htpasswd', ['-nbB', user, canary]);
  await writeFile(htpasswd, stdout, { mode: 0o600 });
  const config = join(directory, 'ociregistry.yaml');
  const own = { ...(await authority.issueFiles('127.0.0.1')), ca: authority.file };
  await writeFile(
    config,
    JSON.stringify({
      registries: [{ name: registry.host, scheme: 'http' }],
      server_tls: { ...own, client_auth: wants === 'certificate' ? 'verify' : 'none' },
      ...(wants === 'password' && { htpasswd_file: htpasswd }),
    }),
  );
  const args = ['--config-path', config, '--log-level', 'trace', '--log-format', 'json'];
  const server = await OurServer.start(place, { args });
  const certDir = join(await place.directory('certs.d'), server.host);
  await mkdir(certDir);
  await copyFile(trust.ca, join(certDir, 'ca.crt'));
  if (wants === 'certificate') {
    await copyFile(trust.cert, join(certDir, 'client.cert'));
    await copyFile(trust.key, join(certDir, 'client.key'));
  }
  return { place, server, mirror: { registry: registry.host, server: server.host }, trust, certDir };
}

/** Logs in with a program of containers/image, into a file of its own. */
async function login(
  program: 'skopeo' | 'podman',
  { place, server, certDir }: Guarded,
  password: string,
): Promise<Finished & { readonly authfile: string }> {
  const authfile = join(await place.directory('auth'), 'auth.json');
  const options = ['--authfile', authfile, '--cert-dir', certDir, '--username', user, '--password', password];
  return { authfile, ...(await place.run(program, ['login', ...options, server.host], { mayFail: true })) };
}

async function skopeoCopy(
  { place, mirror, certDir }: Guarded,
  options: readonly string[],
): Promise<Finished & { readonly layout: string }> {
  const layout = join(await place.directory('skopeo'), 'layout');
  const [from, to] = [`docker://${pathName(mirror, app)}`, `oci:${layout}:pulled`];
  const args = ['copy', '--quiet', '--all', '--src-cert-dir', certDir, ...options, from, to];
  return { layout, ...(await place.run('skopeo', args, { mayFail: true })) };
}

/** @param more lines of the host's table in hosts.toml */
async function containerd(
  { place, server, trust }: Guarded,
  more: readonly string[] = [],
): Promise<Containerd> {
  const hosts = await place.directory('hosts');
  await mkdir(join(hosts, '_default'));
  const lines = [
    `server = "https://${server.host}"`,
    `[host."https://${server.host}"]`,
    'capabilities = ["pull", "resolve"]',
    `ca = "${trust.ca}"`,
    ...more,
    '',
  ];
  await writeFile(join(hosts, '_default/hosts.toml'), lines.join('\n'));
  return Containerd.startWith(place, hosts);
}

test('skopeo: wrong passwords and none are turned away, the right one pulls', async (context) => {
  const guard = await guarded(context, 'password');
  const wrong = await login('skopeo', guard, 'wrong');
  expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringMatching(/unauthorized|invalid username/)]);
  const without = await skopeoCopy(guard, ['--src-no-creds']);
  expect([without.status, without.stderr]).toEqual([
    1,
    expect.stringMatching(/unauthorized|authentication required/),
  ]);
  const { status, authfile } = await login('skopeo', guard, canary);
  expect(status).toBe(0);
  const copied = await skopeoCopy(guard, ['--src-authfile', authfile]);
  expect(copied.status, copied.stderr).toBe(0);
  expect(await digestsOfFiles(join(copied.layout, 'blobs/sha256'))).toEqual(everyDigest(app));
  expect(guard.server.output).not.toContain(canary);
  expect(guard.server.output).not.toContain(Buffer.from(`${user}:${canary}`).toString('base64'));
});

test('podman: logs in and pulls; logged out it is turned away', async (context) => {
  const guard = await guarded(context, 'password');
  const { place, mirror, certDir } = guard;
  const storage = await place.directory('podman');
  const { authfile, status } = await login('podman', guard, canary);
  expect(status).toBe(0);
  const pull = (file: string): Promise<Finished> =>
    place.run(
      'podman',
      [
        ...['--root', join(storage, 'root'), '--runroot', join(storage, 'run'), '--storage-driver', 'vfs'],
        ...['--tmpdir', join(storage, 'tmp'), '--cgroup-manager', 'cgroupfs'],
        ...['pull', '--quiet', '--os', 'linux', '--arch', 'amd64', '--authfile', file, '--cert-dir', certDir],
        pathName(mirror, app),
      ],
      { mayFail: true, env: { PATH: process.env['PATH'] ?? '', HOME: storage } },
    );
  const nobody = join(storage, 'nobody.json');
  await writeFile(nobody, '{}');
  const refused = await pull(nobody);
  expect([refused.status, refused.stderr]).toEqual([
    125,
    expect.stringMatching(/unauthorized|authentication/),
  ]);
  const pulled = await pull(authfile);
  expect(pulled.status, pulled.stderr).toBe(0);
});

test('containerd: a user in its configuration pulls by `ns`, nobody does not', async (context) => {
  const guard = await guarded(context, 'password');
  const node = await containerd(guard);
  const name = ownName(guard.mirror, app);
  expect(await node.tryFetch(name)).toMatchObject({ status: 1 });
  expect(await node.tryFetch(name, `${user}:wrong`)).toMatchObject({ status: 1 });
  const fetched = await node.tryFetch(name, `${user}:${canary}`);
  expect(fetched.status, fetched.stderr).toBe(0);
  expect(await node.digests()).toEqual(everyDigest(app));
  // Whatever it asks without us would end in the registry itself, which is open.
  expect(guard.server.requests.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
  await node.stop();
});

test('containerd: a password in its hosts.toml, as a node has it, which asks no pod', async (context) => {
  const guard = await guarded(context, 'password');
  const basic = Buffer.from(`${user}:${canary}`).toString('base64');
  const header = `[host."https://${guard.server.host}".header]`;
  const node = await containerd(guard, [header, `Authorization = "Basic ${basic}"`]);
  const fetched = await node.tryFetch(ownName(guard.mirror, app));
  expect(fetched.status, fetched.stderr).toBe(0);
  expect(await node.digests()).toEqual(everyDigest(app));
  expect(guard.server.requests.filter(({ status }) => status === 401)).toEqual([]);
  await node.stop();
});

test('certificates: skopeo and containerd pull with one, and not without', async (context) => {
  const guard = await guarded(context, 'certificate');
  const copied = await skopeoCopy(guard, []);
  expect(copied.status, copied.stderr).toBe(0);
  expect(await digestsOfFiles(join(copied.layout, 'blobs/sha256'))).toEqual(everyDigest(app));
  const bare = join(await guard.place.directory('bare'), guard.server.host);
  await mkdir(bare);
  await copyFile(guard.trust.ca, join(bare, 'ca.crt'));
  expect((await skopeoCopy({ ...guard, certDir: bare }, [])).status).toBe(1);
  const name = ownName(guard.mirror, app);
  const { cert, key } = guard.trust;
  for (const [shown, status] of [
    [[], 1],
    [[`client = [["${cert}", "${key}"]]`], 0],
  ] as const) {
    const node = await containerd(guard, shown);
    expect([shown, (await node.tryFetch(name)).status]).toEqual([shown, status]);
    await node.stop();
  }
});
