// `mirror`: writes what leads a client here, shows it, or takes it back.
import { resolve } from 'node:path';
import type { MirrorClient } from '../mirror/client-plan.ts';
import { proposeMirror, proposeUndo } from '../mirror/node-mirror.ts';
import type { FileChange, Proposal } from '../mirror/node-mirror.ts';
import { unifiedDiff } from '../mirror/unified-diff.ts';
import { MirrorError } from '../mirror/mistake.ts';
import { mirrorSettings } from './mirror-settings.ts';
import type { MirrorSettingFlags } from './mirror-settings.ts';
import { untilStopped } from './mirror-stay.ts';
import { stopSignal } from './stop-signal.ts';

export interface MirrorFlags extends MirrorSettingFlags {
  readonly dir: string;
  readonly dryRun?: true;
  readonly undo?: true;
  readonly force?: true;
  /** Milliseconds between one look at the files and the next. */
  readonly stay?: number;
  readonly thenUndo?: true;
}

/** @throws {MirrorError} when the flags or the files do not allow it */
export async function mirror(client: MirrorClient, flags: MirrorFlags): Promise<void> {
  const { dir, dryRun = false, undo = false, force = false, stay, thenUndo = false } = flags;
  if (dryRun && stay !== undefined) throw new MirrorError('--dry-run and --stay exclude each other');
  if (thenUndo && stay === undefined)
    throw new MirrorError('--then-undo needs --stay: when is it to be undone?');
  const directory = resolve(dir);
  const undone = (): Proposal => proposeUndo(client, directory, force);
  const wanted = undo ? undone : (): Proposal => proposeMirror(client, mirrorSettings(flags), directory);
  // Heard from the beginning: the first process of a container is not ended by a signal that it does not listen to.
  const stopped = stay === undefined ? undefined : stopSignal();
  const first = wanted();
  if (!dryRun) first.apply();
  process.stdout.write(dryRun ? preview(first) : report(first));
  if (stay === undefined || stopped === undefined) return;
  await untilStopped(stopped, stay, () => {
    applyChanges(wanted());
  });
  if (thenUndo) applyChanges(undone());
}

function applyChanges(proposal: Proposal): void {
  if (proposal.changes.length === 0) return;
  proposal.apply();
  process.stdout.write(report(proposal));
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
