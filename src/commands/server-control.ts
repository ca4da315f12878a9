// What the admin API may ask of the process that serves.
import type { ServerControl } from '../admin/handlers.ts';
import { OciError } from '../oci/errors.ts';
import type { NotReloaded, Reloaded } from './reload.ts';

export interface ProcessControl extends ServerControl {
  /** Resolves when somebody has asked for the end. */
  readonly stopAsked: Promise<void>;
  /** From now on reload requests are carried out. */
  carryOut(reload: (reason: string) => Reloaded | NotReloaded): void;
}

export const adminReason = 'the admin API';

export function processControl(): ProcessControl {
  const { promise: stopAsked, resolve: stop } = Promise.withResolvers<void>();
  let reload = (_reason: string): Reloaded | NotReloaded => {
    throw new OciError('UNAVAILABLE', 'the server is still starting; ask again');
  };
  return {
    stopAsked,
    stop,
    carryOut: (carriedOut) => void (reload = carriedOut),
    reload() {
      const outcome = reload(adminReason);
      if (!('mistakes' in outcome)) return outcome;
      const { mistakes } = outcome;
      throw new OciError('UNSUPPORTED', `not reloaded: ${mistakes.join('; ')}`, {
        status: 409,
        detail: { mistakes },
      });
    },
  };
}
