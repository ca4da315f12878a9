// Which version of this program runs.
import manifest from '../../package.json' with { type: 'json' };

/** As package.json has it; the built executable carries it inside. */
export const version: string = manifest.version;
