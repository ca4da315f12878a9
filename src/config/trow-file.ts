// The configuration of Trow, translated.
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
  const { registry_proxies: proxies, ...others } = filledFields(file);
  const same = keysAt(settingsSchema, []);
  const rest = translated(others, { place: 'file', project, same });
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
