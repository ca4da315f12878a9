// What systems want that no command writes files on: printed, to be put where they are configured.
import { stringify } from 'yaml';
import { MirrorError } from './mistake.ts';
import { hostOf, isPlainHttp } from './server-address.ts';
import type { MirrorSettings } from './settings.ts';
import { tomlString } from './toml-text.ts';

export const printedForms = {
  talos: { what: 'a patch of the machine configuration', print: talos },
  bottlerocket: { what: 'user data', print: bottlerocket },
  buildkit: { what: 'a part of buildkitd.toml', print: buildkit },
} as const satisfies Record<string, { what: string; print: (settings: MirrorSettings) => string }>;

/** @see https://www.talos.dev/latest/talos-guides/configuration/pull-through-cache/ */
function talos({ server, registries, fallback, tls }: MirrorSettings): string {
  if (tls.ca !== undefined || tls.client !== undefined) {
    throw new MirrorError(
      'Talos takes certificates by their content, in machine.registries.config; put them there by hand',
    );
  }
  const names = registries === 'all' ? ['*'] : registries;
  const mirror = { endpoints: [server], ...(!fallback && { skipFallback: true }) };
  const mirrors = Object.fromEntries(names.map((name) => [name, mirror]));
  return stringify({ machine: { registries: { mirrors } } }, { aliasDuplicateObjects: false });
}

/** @see https://bottlerocket.dev/en/os/latest/#/api/settings/container-registry/ */
function bottlerocket({ server, registries, fallback, tls }: MirrorSettings): string {
  if (!fallback)
    throw new MirrorError('Bottlerocket always asks the registry itself in the end; leave out --fallback no');
  if (tls.ca !== undefined || tls.client !== undefined) {
    throw new MirrorError(
      'Bottlerocket takes an authority by its content, in settings.pki; put it there by hand',
    );
  }
  const names = registries === 'all' ? ['*'] : registries;
  return [
    ...names.flatMap((name) => [
      '[[settings.container-registry.mirrors]]',
      `registry = ${tomlString(name)}`,
      `endpoint = [${tomlString(server)}]`,
      '',
    ]),
  ].join('\n');
}

/** It sends no `ns`, so that the registry stands in the mirror's path. @see https://docs.docker.com/build/buildkit/toml-configuration/ */
function buildkit({ server, registries, fallback, tls }: MirrorSettings): string {
  if (registries === 'all')
    throw new MirrorError('BuildKit must be told each registry; name them in --registries');
  if (!fallback)
    throw new MirrorError('BuildKit always asks the registry itself in the end; leave out --fallback no');
  const host = hostOf(server);
  return [
    ...registries.flatMap((name) => [
      `[registry.${tomlString(name)}]`,
      `  mirrors = [${tomlString(`${host}/${name.replace(':', '__')}`)}]`,
      '',
    ]),
    `[registry.${tomlString(host)}]`,
    ...(isPlainHttp(server) ? ['  http = true'] : []),
    ...(tls.ca === undefined ? [] : [`  ca = [${tomlString(tls.ca)}]`]),
    ...(tls.client === undefined
      ? []
      : [
          `  [[registry.${tomlString(host)}.keypair]]`,
          `    key = ${tomlString(tls.client.key)}`,
          `    cert = ${tomlString(tls.client.cert)}`,
        ]),
    '',
  ].join('\n');
}
