// The verbs of `mirror`: one for each client whose files it writes.
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { parseDuration } from '../config/duration.ts';
import { OciError } from '../oci/errors.ts';
import { quoted } from '../oci/quotation.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { MirrorClient } from '../mirror/client-plan.ts';
import { containerd } from '../mirror/containerd.ts';
import { crio, podman } from '../mirror/containers.ts';
import { docker } from '../mirror/docker.ts';
import { k3s, rke2 } from '../mirror/k3s.ts';
import { MirrorError } from '../mirror/mistake.ts';
import { printedForms } from '../mirror/printed-forms.ts';
import { mirror } from './mirror.ts';
import type { MirrorFlags } from './mirror.ts';
import { mirrorSettings } from './mirror-settings.ts';
import { mirrorDoctor } from './mirror-doctor.ts';
import type { DoctorFlags } from './mirror-doctor.ts';
import type { MirrorSettingFlags } from './mirror-settings.ts';

const clients: readonly { readonly client: MirrorClient; readonly what: string }[] = [
  { client: containerd, what: 'containerd: certs.d/_default/hosts.toml or one a registry, and config_path.' },
  { client: k3s, what: 'k3s: registries.yaml.' },
  { client: rke2, what: 'RKE2: registries.yaml.' },
  { client: podman, what: 'podman, skopeo and buildah: a drop-in in registries.conf.d.' },
  { client: crio, what: 'CRI-O: a drop-in in registries.conf.d.' },
  { client: docker, what: 'the docker daemon, for docker.io alone: daemon.json.' },
];

export function addMirrorCommands(program: Command): void {
  const mirrorCommand = program
    .command('mirror')
    .description('Point the clients of this machine at a server.');
  for (const { client, what } of clients) {
    const command = mirrorCommand.command(client.name).description(`Point ${what}`);
    addSettingFlags(command)
      .option('--dir <DIR>', 'Where its files are.', client.directory)
      .option('--dry-run', 'Show what would change, and change nothing.')
      .option('--undo', 'Take it back: the files become what they were.')
      .option('--force', 'With --undo: even what others have changed since.')
      .option('--stay <TIME>', 'Stay until stopped, and look so often whether it has to be done again.', span)
      .option('--then-undo', 'With --stay: take it back at the end.')
      .action((flags: MirrorFlags) => mirror(client, flags));
    // Others have no choice: docker, podman and CRI-O read copies alone, k3s and RKE2 the paths that they are given.
    if (client === containerd)
      command.option(
        '--copy-certificates',
        'Copy the certificates to where its files are, and name them there.',
      );
  }
  addPrint(mirrorCommand);
  addDoctor(mirrorCommand);
}

function addDoctor(mirrorCommand: Command): void {
  mirrorCommand
    .command('doctor')
    .description('Prove that pulls of this machine come to the server, or say why not.')
    .argument('[CLIENT]', 'Only this one; otherwise every one whose files lead to the server.')
    .requiredOption('--server <URL>', 'The server that they are to come to.')
    .option('--dir <DIR>', 'Where the files of CLIENT are.')
    .option('--ca <FILE>', 'The authority of the server’s certificate.')
    .action((name: string | undefined, flags: DoctorFlags) => {
      const chosen = clients
        .map(({ client }) => client)
        .filter((client) => name === undefined || client.name === name);
      if (chosen.length === 0) throw new MirrorError(`no client is called ${quoted(name ?? '')}`);
      if (flags.dir !== undefined && name === undefined)
        throw new MirrorError('--dir is of one CLIENT: name it');
      return mirrorDoctor(chosen, flags);
    });
}

function addPrint(mirrorCommand: Command): void {
  const print = mirrorCommand
    .command('print')
    .description('Print what a system wants that is configured elsewhere.');
  for (const [name, { what, print: form }] of Object.entries(printedForms)) {
    const command = print.command(name).description(`Print ${what}.`);
    addSettingFlags(command).action((flags: MirrorSettingFlags) => {
      process.stdout.write(form(mirrorSettings(flags)));
    });
  }
}

/** In milliseconds. */
function span(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0)
    throw new InvalidArgumentError('Write a duration with its unit, such as 1m.');
  return ms;
}

/** Those that say where a client is to be led, and how. */
function addSettingFlags(command: Command): Command {
  return command
    .option('--server <URL>', 'Where the clients find the server, such as http://10.0.0.5:8080.')
    .option('--registries <HOSTS>', 'Only these, with commas between them; may be repeated.', registryHosts)
    .option('--all', 'Every registry (the default).')
    .addOption(
      new Option('--fallback <CHOICE>', 'Whether the registry itself is asked when the server fails.')
        .choices(['yes', 'no'])
        .default('yes'),
    )
    .option('--ca <FILE>', 'The authority of the server’s certificate, beside the system’s.')
    .option('--cert <FILE>', 'A certificate to show to the server.')
    .option('--key <FILE>', 'Its key.');
}

function registryHosts(text: string, earlier: readonly RegistryHost[] = []): readonly RegistryHost[] {
  const words = text.split(',').map((word) => word.trim());
  try {
    return [...new Set([...earlier, ...words.filter((word) => word !== '').map(parseRegistryHost)])];
  } catch (error) {
    if (error instanceof OciError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
