// What happens to a node's files: written once, taken back byte for byte, and never over what others did since.
import { chmod, lstat, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../test/front-door.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { containerd } from './containerd.ts';
import { podman } from './containers.ts';
import { MirrorError } from './mistake.ts';
import { proposeMirror, proposeUndo } from './node-mirror.ts';
import { parseServerAddress } from './server-address.ts';
import type { MirrorSettings } from './settings.ts';

const settings: MirrorSettings = {
  server: parseServerAddress('http://10.0.0.5:8080'),
  registries: 'all',
  fallback: true,
  tls: {},
};
const quay: MirrorSettings = { ...settings, registries: [parseRegistryHost('quay.io')] };
const text = 'version = 2 # mine\r\n';

async function node() {
  const directory = await temporaryDirectory();
  const config = join(directory.path, 'config.toml');
  await writeFile(config, text);
  await chmod(config, 0o640);
  const apply = (wanted = settings) => proposeMirror(containerd, wanted, directory.path).apply();
  const undo = (force = false) => proposeUndo(containerd, directory.path, force).apply();
  const exists = (name: string) =>
    lstat(join(directory.path, name)).then(
      () => true,
      () => false,
    );
  return { ...directory, config, apply, undo, exists };
}

test('a proposal changes nothing by itself, and a second one has nothing to change', async () => {
  await using site = await node();
  const proposal = proposeMirror(containerd, settings, site.path);
  expect(proposal.changes).toHaveLength(2);
  expect(await readFile(site.config, 'utf8')).toBe(text);
  proposal.apply();
  expect(proposeMirror(containerd, settings, site.path).changes).toEqual([]);
  site.apply();
  site.undo();
  expect(await readFile(site.config, 'utf8')).toBe(text);
  expect((await stat(site.config)).mode & 0o777).toBe(0o640);
  expect(await site.exists('certs.d')).toBe(false);
  expect(await site.exists('.ociregistry-mirror')).toBe(false);
  // Nothing is left to undo.
  site.undo();
});

test('other settings leave nothing of the first, not even a directory that would hide _default', async () => {
  await using site = await node();
  site.apply(quay);
  site.apply();
  expect(await site.exists('certs.d/quay.io')).toBe(false);
  site.apply(quay);
  expect(await site.exists('certs.d/_default')).toBe(false);
  site.undo();
  expect(await readFile(site.config, 'utf8')).toBe(text);
  expect(await site.exists('certs.d')).toBe(false);
});

test('what others changed since is not lost unasked', async () => {
  await using site = await node();
  site.apply();
  const theirs = `${await readFile(site.config, 'utf8')}# theirs\n`;
  await writeFile(site.config, theirs);
  const undo = () => site.undo();
  expect(undo).toThrow(MirrorError);
  expect(undo).toThrow(site.config);
  site.apply(quay);
  expect(await readFile(site.config, 'utf8')).toBe(theirs);
  expect(undo).toThrow(site.config);
  site.undo(true);
  expect(await readFile(site.config, 'utf8')).toBe(text);
});

test('a file that others put into a directory of ours keeps it', async () => {
  await using site = await node();
  site.apply();
  await writeFile(join(site.path, 'certs.d/_default/ca.crt'), 'x');
  site.undo();
  expect(await site.exists('certs.d/_default/hosts.toml')).toBe(false);
  expect(await site.exists('certs.d/_default/ca.crt')).toBe(true);
});

test('a file of ours that others removed is written again, and undone as if it were there', async () => {
  await using site = await node();
  site.apply();
  await rm(join(site.path, 'certs.d'), { recursive: true });
  expect(proposeMirror(containerd, settings, site.path).changes).toHaveLength(1);
  site.undo();
  expect(await readFile(site.config, 'utf8')).toBe(text);
});

test('a run that broke off after the record was written can be undone and repeated', async () => {
  await using site = await node();
  site.apply();
  // The files as they were, the record as if they were not.
  await writeFile(site.config, text);
  await rm(join(site.path, 'certs.d'), { recursive: true });
  site.apply();
  expect(await readFile(site.config, 'utf8')).toContain('config_path');
  await writeFile(site.config, text);
  site.undo();
  expect(await readFile(site.config, 'utf8')).toBe(text);
});

test('a link stays one', async () => {
  await using site = await node();
  await mkdir(join(site.path, 'real'));
  const real = join(site.path, 'real/config.toml');
  await writeFile(real, text);
  await rm(site.config);
  await symlink(real, site.config);
  site.apply();
  expect((await lstat(site.config)).isSymbolicLink()).toBe(true);
  expect(await readFile(real, 'utf8')).toContain('config_path');
  site.undo();
  expect(await readFile(real, 'utf8')).toBe(text);
});

test('what could not be written back as it was is refused', async () => {
  await using site = await node();
  await writeFile(site.config, Buffer.from([0x23, 0xff, 0x0a]));
  expect(() => site.apply()).toThrow('is no UTF-8 text');
  expect(await site.exists('.ociregistry-mirror')).toBe(false);
});

test('a damaged record is refused', async () => {
  await using site = await node();
  site.apply();
  await writeFile(join(site.path, '.ociregistry-mirror/containerd.json'), '{}');
  expect(() => site.undo()).toThrow('is damaged');
});

test('a key is secret on its way in and on its way out, and nobody else reads the copy', async () => {
  await using site = await node();
  const key = join(site.path, 'k.pem');
  await writeFile(key, 'KEY');
  const server = parseServerAddress('https://cache.test');
  const wanted = { ...quay, server, tls: { client: { cert: key, key } } };
  const copy = join(site.path, 'certs.d/cache.test/client.key');
  const proposal = proposeMirror(podman, wanted, site.path);
  const secrets = () => proposeUndo(podman, site.path, false).changes.filter(({ secret }) => secret);
  expect(proposal.changes.filter(({ secret }) => secret).map(({ path }) => path)).toEqual([copy]);
  proposal.apply();
  expect((await stat(copy)).mode & 0o777).toBe(0o600);
  expect(secrets().map(({ path }) => path)).toEqual([copy]);
});
