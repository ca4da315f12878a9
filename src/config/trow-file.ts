// The configuration of Trow, translated.
import { parseImageRule } from '../oci/image-rule.ts';
import { keysAt } from './issue.ts';
import { filledFields, isFields, note, translated } from './foreign-file.ts';
import type { Draft, Fields, FileDraft } from './foreign-file.ts';
import { settingsSchema } from './schema.ts';

const project = 'Trow';
const ecrHost = /\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/;

export function isTrowFile(file: unknown): boolean {
  return isFields(file) && ('registry_proxies' in file || 'image_validation' in file);
}

export function fromTrowFile(file: unknown): FileDraft {
  const { registry_proxies: proxies, image_validation: validation, ...others } = filledFields(file);
  const same = keysAt(settingsSchema, []);
  const rest = together(translated(others, { place: 'file', project, same }), validationOf(validation));
  if (!isFields(proxies)) {
    const why = 'without registry_proxies Trow asks no registry';
    return { fields: { ...rest.fields, air_gapped: true }, notes: [...rest.notes, why], registries: [] };
  }
  const { registries, ...settings } = filledFields(proxies);
  const top = translated(settings, { place: 'file', project, same });
  const entries = Array.isArray(registries) ? (registries as readonly unknown[]) : [];
  const odd =
    registries === undefined || Array.isArray(registries)
      ? []
      : [note('registries', registries, 'this is no list')];
  return {
    fields: { ...rest.fields, ...top.fields },
    notes: [...rest.notes, ...top.notes, ...odd],
    registries: entries.map(fromEntry),
  };
}

function together(one: Draft, other: Draft): Draft {
  return { fields: { ...one.fields, ...other.fields }, notes: [...one.notes, ...other.notes] };
}

/** Theirs compare the text alone, so that `docker.io/lib` is for `docker.io/library` too. */
function validationOf(value: unknown): Draft {
  if (value === undefined) return { fields: {}, notes: [] };
  const { default: standard, allow, deny, ...others } = filledFields(value);
  const [allowed, denied] = [rulesOf('allow', allow), rulesOf('deny', deny)];
  const odd = Object.entries(others).map(([key, inner]) =>
    note(key, inner, `neither ${project} nor this server has such a key`),
  );
  const validation = {
    ...(typeof standard === 'string' && { default: standard.toLowerCase() }),
    ...(allowed.rules.length > 0 && { allow: allowed.rules }),
    ...(denied.rules.length > 0 && { deny: denied.rules }),
  };
  return {
    fields: { image_validation: validation },
    notes: [
      'image_validation is asked for where admission_port and admission_tls are set; its rules hold for whole parts of names',
      ...[...allowed.notes, ...denied.notes, ...odd],
    ],
  };
}

function rulesOf(
  key: string,
  value: unknown,
): { readonly rules: readonly string[]; readonly notes: readonly string[] } {
  const written = Array.isArray(value) ? (value as readonly unknown[]) : value === undefined ? [] : [value];
  const made = written.map((text) => ({ text, rule: typeof text === 'string' ? ruleOf(text) : undefined }));
  return {
    rules: made.flatMap(({ rule }) => rule ?? []),
    notes: made
      .filter(({ rule }) => rule === undefined)
      .map(({ text }) => note(key, [text], 'this is the beginning of no image’s name')),
  };
}

/** `docker.io/library` is all that is below it there. */
function ruleOf(text: string): string | undefined {
  return [text, `${text}/`].find((candidate) => {
    try {
      return parseImageRule(candidate);
    } catch {
      return false;
    }
  });
}

function fromEntry(value: unknown): Draft {
  if (!isFields(value)) return { fields: {}, notes: [note('registries', [value], 'this is no entry')] };
  const {
    username,
    password,
    password_file: file,
    insecure,
    path_prefix: prefix,
    ...others
  } = filledFields(value);
  const rest = translated(others, { place: 'entry', project, same: [] });
  const { name } = rest.fields;
  if (typeof name !== 'string') {
    return {
      fields: {},
      notes: [note('registries', [value], 'an entry without a host stands for none here')],
    };
  }
  const login = authOf(name, { username, password, password_file: file });
  const part = typeof prefix === 'string' ? prefix.replace(/^\/+|\/+$/g, '') : '';
  return {
    fields: {
      name,
      ...(part !== '' && { path_prefix: part }),
      ...(/^true$/i.test(String(insecure)) && { scheme: 'http' }),
      ...(Object.keys(login.fields).length > 0 && { auth: login.fields }),
    },
    notes: [...rest.notes, ...login.notes],
  };
}

function authOf(host: string, { username, password, password_file: file }: Fields): Draft {
  const isEcr = ecrHost.test(host) && (username === undefined || username === 'AWS');
  if (isEcr && password === undefined && file === undefined) return { fields: { ecr: {} }, notes: [] };
  if (username === undefined && password === undefined && file === undefined)
    return { fields: {}, notes: [] };
  if (username === undefined || (password === undefined && file === undefined)) {
    const half = {
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(file !== undefined && { password_file: file }),
    };
    return { fields: {}, notes: [note('auth', half, 'a login needs a user and a password')] };
  }
  if (file === undefined) return { fields: { user: username, password }, notes: [] };
  const hidden =
    password === undefined ? [] : [note('password', password, 'password_file counts, as in Trow')];
  return { fields: { user: username, password_file: file }, notes: hidden };
}
