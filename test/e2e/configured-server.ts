// The server under test with a configuration file of its own, telling all that it ever tells.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OurServer } from './our-server.ts';
import type { Place } from './place.ts';

/** An entry of `registries`, as it is written in the file. */
export type WrittenEntry = Readonly<Record<string, unknown>> & { readonly name: string };

/** The path of a new configuration file. */
export async function configFile(place: Place, registries: readonly WrittenEntry[]): Promise<string> {
  const file = join(await place.directory('config'), 'ociregistry.yaml');
  await writeFile(file, JSON.stringify({ registries }), { mode: 0o600 });
  return file;
}

export async function startConfigured(place: Place, registries: readonly WrittenEntry[]): Promise<OurServer> {
  // Of a flag that is given twice, the last one counts.
  const config = ['--config-path', await configFile(place, registries)];
  return OurServer.start(place, { args: [...config, '--log-level', 'trace', '--log-format', 'json'] });
}
