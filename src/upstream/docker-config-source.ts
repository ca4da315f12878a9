// Credentials from a docker config.json: what stands in it, or what its helpers say.
import type { RegistryHost } from '../oci/registry-host.ts';
import { askHelper } from './credential-helper.ts';
import type { HelperOptions } from './credential-helper.ts';
import type { Credentials, CredentialSource } from './credentials.ts';
import { helperFor, parseDockerConfig } from './docker-config.ts';
import type { SecretOptions } from './secret.ts';
import { watchedFile } from './watched-file.ts';

/** How long a helper's answer is believed: starting a program for each request would be slow, and tokens it gives end. */
const HELPER_MS = 60_000;

interface Told {
  readonly by: string;
  readonly at: number;
  readonly credentials: Promise<Credentials | undefined>;
}

/** @param path of the file, which is read again when it changes */
export function dockerConfigSource(
  registry: RegistryHost,
  path: string,
  options: Pick<SecretOptions, 'files' | 'now'> & { readonly helper?: HelperOptions },
): CredentialSource {
  const file = watchedFile(path, parseDockerConfig, options);
  let told: Told | undefined;

  /** Coalesced, because all who ask wait for one promise. */
  function ask(helper: string, serverUrl: string): Promise<Credentials | undefined> {
    const now = options.now().getTime();
    const by = `${helper} ${serverUrl}`;
    if (told?.by === by && Math.abs(now - told.at) < HELPER_MS) return told.credentials;
    const credentials = askHelper(helper, serverUrl, options.helper);
    const latest: Told = { by, at: now, credentials };
    told = latest;
    credentials.catch(() => {
      if (told === latest) told = undefined;
    });
    return credentials;
  }

  return {
    async get() {
      const config = await file.get();
      const asked = helperFor(config, registry);
      const found = asked && (await ask(asked.helper, asked.serverUrl));
      return found ?? config.credentials.get(registry);
    },
    refused() {
      told = undefined;
      file.check();
    },
  };
}
