// The settings in environment variables: OCIREGISTRY_ and the key in capitals.
import { closest } from './suggestion.ts';
import type { Mistake } from './mistake.ts';
import { configPath, settings, variablePrefix } from './setting.ts';
import type { FlagKey } from './setting.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What Kubernetes puts into every pod beside a Service that is called ociregistry, or begins so:
 * OCIREGISTRY_SERVICE_HOST, OCIREGISTRY_PORT_8080_TCP, and `OCIREGISTRY_PORT=tcp://10.0.0.1:8080`.
 */
const serviceLink = /^OCIREGISTRY_(?:.*_)?(?:SERVICE_(?:HOST|PORT)|PORT_\d+_(?:TCP|UDP|SCTP))(?:_|$)/;
const serviceAddress = /^(?:tcp|udp|sctp):\/\//;

/** The variables that are set, by their setting's key, and a mistake for each that means nothing. */
export function readEnvironment(environment: Environment): {
  readonly values: ReadonlyMap<FlagKey, string>;
  readonly mistakes: readonly Mistake[];
} {
  const byVariable = new Map(settings.map(({ variable, key }) => [variable, key]));
  const values = new Map<FlagKey, string>();
  const mistakes: Mistake[] = [];
  for (const [name, value = ''] of Object.entries(environment)) {
    if (!name.startsWith(variablePrefix) || name === configPath.variable || value === '') continue;
    if (serviceLink.test(name) || (/_PORT$/.test(name) && serviceAddress.test(value))) continue;
    const key = byVariable.get(name);
    if (key !== undefined) {
      values.set(key, value);
      continue;
    }
    const known = [...byVariable.keys(), configPath.variable].map((variable) =>
      variable.replace(variablePrefix, ''),
    );
    const meant = closest(name.replace(variablePrefix, ''), known);
    const advice =
      meant === undefined ? 'see --help for those there are' : `did you mean ${variablePrefix}${meant}?`;
    mistakes.push({ place: name, message: `no such setting; ${advice}`, usage: false });
  }
  return { values, mistakes };
}
