// The three functions of the Reflect metadata proposal that @peculiar/x509 needs before it is loaded.
// It asks its users for a polyfill; the published ones bring thousands of lines for these.

const metadata = new WeakMap<object, Map<unknown, unknown>>();

function own(target: object): Map<unknown, unknown> {
  const map = metadata.get(target) ?? new Map<unknown, unknown>();
  metadata.set(target, map);
  return map;
}

function inherited(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Reflect.getPrototypeOf(at)) {
    if (metadata.get(at)?.has(key) === true) return metadata.get(at)?.get(key);
  }
  return undefined;
}

// A real polyfill that was loaded earlier is left alone.
if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, {
    defineMetadata: (key: unknown, value: unknown, target: object) => void own(target).set(key, value),
    getOwnMetadata: (key: unknown, target: object) => metadata.get(target)?.get(key),
    getMetadata: inherited,
  });
}
