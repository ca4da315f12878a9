// `mirror`: writes what leads a client here, shows it, or takes it back.
import { resolve } from 'node:path';
import type { MirrorClient } from '../mirror/client-plan.ts';
import { proposeMirror, proposeUndo } from '../mirror/node-mirror.ts';
import type { FileChange, Proposal } from '../mirror/node-mirror.ts';
import { unifiedDiff } from '../mirror/unified-diff.ts';
import { mirrorSettings } from './mirror-settings.ts';
import type { MirrorSettingFlags } from './mirror-settings.ts';

export interface MirrorFlags extends MirrorSettingFlags {
  readonly dir: string;
  readonly dryRun?: true;
  readonly undo?: true;
  readonly force?: true;
}

/** @throws {MirrorError} when the flags or the files do not allow it */
export function mirror(client: MirrorClient, flags: MirrorFlags): void {
  const { dir, dryRun = false, undo = false, force = false } = flags;
  const directory = resolve(dir);
  const proposal = undo
    ? proposeUndo(client, directory, force)
    : proposeMirror(client, mirrorSettings(flags), directory);
  if (!dryRun) proposal.apply();
  process.stdout.write(dryRun ? preview(proposal) : report(proposal));
}

function preview({ changes, notes }: Proposal): string {
  return `${changes.map(shown).join('')}${changes.length === 0 ? 'nothing to change\n' : ''}${noted(notes)}`;
}

/** A key is on no screen. */
function shown({ path, before, after, secret }: FileChange): string {
  return secret ? `--- ${path}\n+++ ${path}\n(a secret, not shown)\n` : unifiedDiff(path, before, after);
}

function report({ changes, notes }: Proposal): string {
  if (changes.length === 0) return `nothing to change\n${noted(notes)}`;
  const lines = changes.map(({ path, after }) => `${after === undefined ? 'removed' : 'wrote  '} ${path}\n`);
  return `${lines.join('')}${noted(notes)}`;
}

function noted(notes: readonly string[]): string {
  return notes.map((note) => `note: ${note}\n`).join('');
}
