// What the API server is answered: a verdict in so many words as it takes.
import type { Schema } from '../../api/contract.ts';
import type { ValidationMode } from '../config/config.ts';

/** The API server cuts what is longer, and drops what is more. */
const MAX_WARNING = 256;
const MAX_WARNINGS = 4096;
/** A client shows all of it to a person. */
const MAX_MESSAGE = 4096;

/** Objections deny, or are said as warnings. */
export function verdict(
  uid: string,
  objections: readonly string[],
  mode: ValidationMode,
): Schema<'AdmissionVerdict'> {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, ...answer(objections, mode) },
  };
}

function answer(
  objections: readonly string[],
  mode: ValidationMode,
): Omit<Schema<'AdmissionResponse'>, 'uid'> {
  if (objections.length === 0) return { allowed: true };
  if (mode === 'warn') return { allowed: true, warnings: bounded(objections, MAX_WARNING, MAX_WARNINGS) };
  const message = bounded(objections, MAX_MESSAGE / 4, MAX_MESSAGE).join('; ');
  return { allowed: false, status: { code: 403, reason: 'Forbidden', message } };
}

/** As many as there is room for, each cut to what it may have; how many there are besides is the last one. */
function bounded(texts: readonly string[], each: number, all: number): readonly string[] {
  const kept: string[] = [];
  let room = all - each;
  for (const text of texts) {
    const cut = text.length > each ? `${text.slice(0, each - 3)}...` : text;
    room -= cut.length + '; '.length;
    if (room < 0) return [...kept, `and ${texts.length - kept.length} more`];
    kept.push(cut);
  }
  return kept;
}
