// A client's plan: which of its files say what, so that it pulls through this server.
import type { ServerAddress } from './server-address.ts';
import type { MirrorSettings } from './settings.ts';

/** A file as it is to be. */
export interface PlannedFile {
  readonly path: string;
  readonly text: string;
  /** Nobody but its owner reads it, and no diff shows it. */
  readonly secret?: true;
}

export interface ClientPlan {
  readonly files: readonly PlannedFile[];
  /** What the person has to know or do beyond the files. */
  readonly notes: readonly string[];
}

/** The files of the node as they would be had nobody pointed its clients here. */
export interface NodeFiles {
  /** @returns undefined when there is none */
  read(path: string): string | undefined;
  /** Existing files that match a pattern such as `/etc/x/*.toml`, in the order of their names. */
  matching(pattern: string): readonly string[];
}

export interface MirrorClient {
  readonly name: string;
  /** Where its files are on most machines. */
  readonly directory: string;
  /** @throws {MirrorError} when what is wanted cannot be, or others' files do not allow it */
  plan(settings: MirrorSettings, directory: string, files: NodeFiles): ClientPlan;
  /** What is left to do once a file of its has changed. */
  afterwards(path: string): string | undefined;
  /** Which of its files lead to a server, whoever wrote them. */
  led(server: ServerAddress, directory: string, files: NodeFiles): readonly LedRegistry[];
  /** Commands that have it pull an image as it does for its users; the first whose program is there is the one. */
  pulls(image: string, directory: string, files: NodeFiles): readonly PullCommand[];
  /** What runs while it does; nothing where it is a program that people start. */
  readonly daemon?: string;
}

/** A registry that a file leads to a server. */
export interface LedRegistry {
  readonly path: string;
  /** `*`: every one. */
  readonly registry: string;
}

export type PullCommand = readonly [program: string, ...args: string[]];

/** The first line of every file that is ours alone. */
export function banner(command: string): string {
  return `# Written by \`ociregistry mirror ${command}\`, whose --undo takes it away.`;
}
