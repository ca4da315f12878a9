// A pull request's target: which registry, and which repository of it, a request means.
import { OciError } from '../oci/errors.ts';
import { isProbe, probeAnswer } from '../oci/probe.ts';
import { quoted } from '../oci/quotation.ts';
import {
  hostFromSegment,
  looksLikeHost,
  parseRegistryHost,
  type RegistryHost,
} from '../oci/registry-host.ts';
import { parseRepositoryName, parseRepositoryOf, type RepositoryName } from '../oci/repository.ts';

export interface Target {
  readonly registry: RegistryHost;
  readonly repository: RepositoryName;
  /** what named the registry; `header` is OCI-Namespace or X-Registry, `trow` is `f/<host>/` */
  readonly via: 'ns' | 'header' | 'trow' | 'path' | 'default';
}

export interface Request {
  /** as in the path; it may start with `f/<host>/` or `<host>/` */
  readonly name: string;
  /** the query parameter `ns` */
  readonly ns?: string | undefined;
  /** the header OCI-Namespace */
  readonly ociNamespace?: string | undefined;
  /** the header X-Registry */
  readonly xRegistry?: string | undefined;
  /** the header Host */
  readonly host?: string | undefined;
}

export interface Options {
  /** the registry of a request that names none */
  readonly defaultNs?: RegistryHost | undefined;
  /** maps an alias such as `quay.io:80` to its identity, where that registry is configured as plain HTTP */
  readonly identify?: ((host: RegistryHost) => RegistryHost) | undefined;
  /** cached repositories that end in a name, for the message when no registry is named */
  readonly suggest?: ((name: string) => readonly string[]) | undefined;
  /** further names of ourselves, `host[:port]` as clients write them */
  readonly selfNames?: ReadonlySet<string> | undefined;
}

interface PathHost {
  readonly host: string;
  readonly rest: string;
  readonly via: 'trow' | 'path';
}

const MAX_SUGGESTIONS = 5;

/**
 * Finds the target of a request. The first that applies: `ns`, OCI-Namespace, X-Registry, a leading `f/<host>/`,
 * a first path segment that is a host, the default.
 *
 * Where a registry is named outside the path, the path is the repository's name as it stands, even if it begins
 * like a host (`myorg.io/app`); only the same registry, said again, is dropped from it.
 * @throws {OciError} NAME_INVALID when a name is malformed, no registry is named, it is this server itself, or a probe
 */
export function resolveTarget(request: Request, options: Options): Target {
  const target =
    namedTarget(request, options) ?? pathTarget(request, options) ?? defaultTarget(request, options);
  refuseLoop(target.registry, request, options);
  answerProbe(target);
  return target;
}

function namedTarget(request: Request, options: Options): Target | undefined {
  const named =
    headerHost('ns', request.ns, 'ns') ??
    headerHost('OCI-Namespace', request.ociNamespace, 'header') ??
    headerHost('X-Registry', request.xRegistry, 'header');
  if (named === undefined) return undefined;
  const registry = identify(named.host, options);
  const inPath = splitPath(request.name);
  const repeated = inPath !== undefined && isSameHost(inPath.host, registry, options);
  return {
    registry,
    repository: parseRepositoryOf(registry, repeated ? inPath.rest : request.name),
    via: named.via,
  };
}

function pathTarget({ name }: Request, options: Options): Target | undefined {
  const inPath = splitPath(name);
  if (inPath === undefined) return undefined;
  const registry = identify(hostFromSegment(inPath.host), options);
  return { registry, repository: parseRepositoryOf(registry, inPath.rest), via: inPath.via };
}

function defaultTarget({ name }: Request, options: Options): Target {
  if (options.defaultNs === undefined) throw unnamed(parseRepositoryName(name), options);
  const registry = identify(options.defaultNs, options);
  return { registry, repository: parseRepositoryOf(registry, name), via: 'default' };
}

/** A host in front of a repository's name; alone it is no host, since nothing of it would be asked for. */
function splitPath(name: string): PathHost | undefined {
  const [first = '', second = '', ...others] = name.split('/');
  if (first === 'f' && others.length > 0 && looksLikeHost(second)) {
    return { host: second, rest: others.join('/'), via: 'trow' };
  }
  if (!name.includes('/') || !looksLikeHost(first)) return undefined;
  return { host: first, rest: [second, ...others].join('/'), via: 'path' };
}

/** An empty value names nothing, as if it were not there. */
function headerHost<Via extends 'ns' | 'header'>(
  where: string,
  value: string | undefined,
  via: Via,
): { host: RegistryHost; via: Via } | undefined {
  if (value === undefined || value === '') return undefined;
  try {
    return { host: parseRegistryHost(value), via };
  } catch (cause) {
    if (!(cause instanceof OciError)) throw cause;
    throw new OciError('NAME_INVALID', `${where}: ${cause.message}`, { cause });
  }
}

function identify(host: RegistryHost, options: Options): RegistryHost {
  return options.identify?.(host) ?? host;
}

/** Whether somebody else's text is this host, under any of its spellings; what is no host at all is not. */
function isSameHost(text: string, registry: RegistryHost, options: Options): boolean {
  try {
    const host = hostFromSegment(text);
    return host === registry || identify(host, options) === registry;
  } catch (error) {
    if (error instanceof OciError) return false;
    throw error;
  }
}

function refuseLoop(registry: RegistryHost, { host }: Request, options: Options): void {
  const names = [...(host === undefined ? [] : [host]), ...(options.selfNames ?? [])];
  if (!names.some((name) => isSameHost(name, registry, options))) return;
  throw new OciError(
    'NAME_INVALID',
    `${registry} is this server itself, and asking itself would be a loop: name the registry that the image comes from`,
  );
}

/** With a refusal, so that no upstream is asked, and a client without fallback has nothing to go on with. */
function answerProbe({ registry, repository }: Target): void {
  if (isProbe(registry, repository)) throw new OciError('NAME_INVALID', probeAnswer(registry, repository));
}

function unnamed(name: RepositoryName, options: Options): OciError {
  const cached = (options.suggest?.(name) ?? []).slice(0, MAX_SUGGESTIONS);
  const known =
    cached.length === 0 ? '' : `; cached repositories that end in this name: ${cached.join(', ')}`;
  return new OciError(
    'NAME_INVALID',
    `which registry is ${quoted(name, 255)} in? Name it in the path (/v2/<registry>/${name}/...), ` +
      `by ?ns=<registry>, or by the header X-Registry, or set default_ns on this server${known}`,
    cached.length === 0 ? {} : { detail: { name, cached } },
  );
}
