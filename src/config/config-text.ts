// A configuration as a file of its own: every setting, where it came from, and no secret.
import { Document, isMap, isScalar } from 'yaml';
import type { Config, ImageValidation } from './config.ts';
import { formatDuration } from './duration.ts';
import { entryText, serverTlsText } from './entry-text.ts';
import type { LoadedConfig } from './load.ts';
import { configKey, settingShape } from './schema.ts';
import type { SettingKey } from './schema.ts';

/** YAML that is a valid configuration file; a setting that has no value stands there without one. */
export function configText({ config, origins }: LoadedConfig): string {
  const keys = Object.keys(settingShape) as SettingKey[];
  const document = new Document(Object.fromEntries(keys.map((key) => [key, textOf(config, key)])));
  if (isMap(document.contents)) {
    for (const { key, value } of document.contents.items) {
      if (!isScalar(key)) continue;
      const comment = ` ${oneLine(origins.get(key.value as SettingKey) ?? 'default')}`;
      // Behind a value; above a list, whose lines go on.
      if (isScalar(value)) value.comment = comment;
      else key.commentBefore = comment;
    }
  }
  return document.toString({ lineWidth: 0, nullStr: '' });
}

function textOf(config: Config, key: SettingKey): unknown {
  if (key === 'registries') return config.registries.map(entryText);
  if (key === 'server_tls') return config.serverTls === undefined ? null : serverTlsText(config.serverTls);
  if (key === 'image_validation') return validationText(config.imageValidation);
  const value = config[configKey[key]];
  // Times are the numbers of a configuration that have a unit.
  if (typeof value === 'number' && configKey[key].endsWith('Ms')) return formatDuration(value);
  return value ?? null;
}

function validationText({ serverNames, allow, deny, ...others }: ImageValidation): unknown {
  const names = (rules: ImageValidation['allow']): readonly string[] => rules.map(({ name }) => name);
  return { ...others, allow: names(allow), deny: names(deny), server_names: serverNames };
}

/** A file's name may hold anything, also what would end a comment. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}
