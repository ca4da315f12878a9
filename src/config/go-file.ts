// The configuration of the newer Go project, translated; also the bare list of registries of its older versions.
import { parseDuration } from './duration.ts';
import { keysAt } from './issue.ts';
import { filledFields, isFields, note, translated } from './foreign-file.ts';
import type { Draft, Fields, FileDraft } from './foreign-file.ts';
import { settingsSchema } from './schema.ts';

const project = 'the Go project';
const levels: Readonly<Record<string, string>> = { panic: 'error', fatal: 'error', warning: 'warn' };

export function fromGoFile(file: unknown): FileDraft {
  const {
    registries,
    pruneConfig: prune,
    serverTlsConfig: serverTls,
    ...others
  }: Fields = Array.isArray(file) ? { registries: file as unknown } : filledFields(file);
  const draft = translated(others, { place: 'file', project, same: keysAt(settingsSchema, []) });
  const { fields, notes } = pullTimeoutOf(draft);
  const level: unknown = fields['log_level'];
  const entries = fromEntries(registries);
  const pruning = pruningOf(prune);
  const serving = serverTlsOf(serverTls);
  return {
    fields: {
      ...fields,
      ...(typeof level === 'string' && { log_level: levels[level.toLowerCase()] ?? level.toLowerCase() }),
      // Theirs are had at every address.
      ...(fields['metrics_port'] !== undefined && { metrics_host: '' }),
      ...pruning.fields,
      ...serving.fields,
    },
    notes: [...notes, ...pruning.notes, ...serving.notes, ...entries.notes],
    registries: entries.drafts,
  };
}

function pullTimeoutOf({ fields, notes }: Draft): Draft {
  const { pull_timeout: ms, ...others } = fields;
  if (ms === undefined) return { fields, notes };
  // Their default is written into many files, and means nothing special there.
  if (ms === 0) {
    return { fields: others, notes: [...notes, note('pullTimeout', ms, 'here a pull needs a limit')] };
  }
  const why = 'pull_timeout is how long a pull may make no progress here, and not how long it may take';
  return { fields, notes: [...notes, why] };
}

function serverTlsOf(value: unknown): Draft {
  const filled = filledFields(value);
  if (Object.keys(filled).length === 0) return { fields: {}, notes: [] };
  const { fields, notes } = translated(filled, {
    place: 'server_tls',
    project,
    same: keysAt(settingsSchema, ['server_tls']),
  });
  const { client_auth: clientAuth, ...others } = fields;
  if (others['cert'] === undefined || others['key'] === undefined)
    return { fields: {}, notes: [note('serverTlsConfig', value, 'TLS needs a certificate and its key')] };
  const verifies = String(clientAuth).toLowerCase() === 'verify';
  const why =
    'the authority of the clients has to be named in `ca`: there any that the operating system trusts would do';
  return {
    fields: { server_tls: { ...others, ...(verifies && { client_auth: 'verify' }) } },
    notes: verifies && others['ca'] === undefined ? [...notes, why] : notes,
  };
}

function pruningOf(value: unknown): Draft {
  if (value === undefined) return { fields: {}, notes: [] };
  const prune = filledFields(value);
  const { enabled, duration, type = 'accessed', dryRun = 'false', ...others } = prune;
  const drop = (rest: unknown, why: string): Draft => ({
    fields: {},
    notes: [note('pruneConfig', rest, why)],
  });
  if (!/^true$/i.test(String(enabled)) || !/^false$/i.test(String(dryRun)))
    return drop(value, 'it prunes nothing there; here min_free holds whatever is configured');
  if (type !== 'accessed')
    return drop(
      value,
      'by itself only goes what was not pulled; `prune --older-than` takes what came before',
    );
  if (typeof duration !== 'string' || parseDuration(duration, Infinity) === undefined)
    return drop(value, 'not_pulled_for needs a duration such as 30d');
  const rest = drop(others, 'not_pulled_for needs nothing of this');
  return { fields: { not_pulled_for: duration }, notes: Object.keys(others).length > 0 ? rest.notes : [] };
}

function fromEntries(registries: unknown): {
  readonly drafts: readonly Draft[];
  readonly notes: readonly string[];
} {
  if (registries === undefined) return { drafts: [], notes: [] };
  if (!Array.isArray(registries))
    return { drafts: [], notes: [note('registries', registries, 'this is no list')] };
  const drafts = (registries as readonly unknown[]).map(fromEntry);
  // The Go project verifies nothing where nothing is said.
  const trusting = drafts.some(({ fields }) => fields['tls'] === undefined && fields['scheme'] !== 'http');
  const why =
    'the Go project does not verify the certificate of a registry without `tls`; this server does, with the trust store of the system';
  return { drafts, notes: trusting ? [why] : [] };
}

function fromEntry(value: unknown): Draft {
  if (!isFields(value)) return { fields: {}, notes: [note('registries', [value], 'this is no entry')] };
  const { auth, tls, ...others } = filledFields(value);
  const entry = translated(others, {
    place: 'entry',
    project,
    same: keysAt(settingsSchema, ['registries', 0]),
  });
  const login = authOf(filledFields(auth));
  const trust = tlsOf(filledFields(tls));
  const { scheme, name, ...rest } = entry.fields;
  return {
    fields: {
      ...(name !== undefined && { name }),
      ...(typeof scheme === 'string' && { scheme: scheme.toLowerCase() }),
      ...rest,
      ...(Object.keys(login.fields).length > 0 && { auth: login.fields }),
      ...(Object.keys(trust.fields).length > 0 && { tls: trust.fields }),
    },
    notes: [...entry.notes, ...login.notes, ...trust.notes],
  };
}

function authOf(auth: Fields): Draft {
  const draft = translated(auth, {
    place: 'auth',
    project,
    same: keysAt(settingsSchema, ['registries', 0, 'auth']),
  });
  const { user, password, password_from_env: variable, ...rest } = draft.fields;
  const secret = variable === undefined ? password : variable;
  if ((user === undefined) === (secret === undefined)) {
    if (variable === undefined || password === undefined) return draft;
    const why = 'one password is enough, and the variable shows none';
    return {
      fields: { user, password_from_env: variable, ...rest },
      notes: [...draft.notes, note('password', password, why)],
    };
  }
  const half = Object.fromEntries(
    Object.entries({ user, password, password_from_env: variable }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return { fields: rest, notes: [...draft.notes, note('auth', half, 'a login needs a user and a password')] };
}

function tlsOf(tls: Fields): Draft {
  const draft = translated(tls, {
    place: 'tls',
    project,
    same: keysAt(settingsSchema, ['registries', 0, 'tls']),
  });
  const { cert, key, ...rest } = draft.fields;
  if ((cert === undefined) === (key === undefined)) return draft;
  const half = cert === undefined ? { key } : { cert };
  return {
    fields: rest,
    notes: [...draft.notes, note('tls', half, 'a certificate needs a key, and the other way round')],
  };
}
