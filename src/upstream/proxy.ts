// HTTP proxies from the standard environment variables: which one a URL goes through, if any.
import { BlockList, isIP } from 'node:net';

/** `process.env`, or what a test makes of it. */
export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/** The proxy for a URL, or undefined where the connection is direct. */
export type ProxyFor = (url: URL) => URL | undefined;

/**
 * Reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY, lower case before upper, as curl and Go do: `NO_PROXY` holds hosts,
 * domains (with or without a leading dot or `*.`), addresses, CIDR blocks, each with a port or without, or `*`.
 * Loopback never goes through a proxy. undici's own EnvHttpProxyAgent sends https through HTTP_PROXY too and knows
 * no CIDR blocks, with which clusters exempt their own networks.
 * @throws {Error} when a proxy's URL cannot be used; the message does not repeat it, because it may hold a password
 */
export function proxiesFrom(environment: ProxyEnvironment): ProxyFor {
  const value = (name: string): string => environment[name.toLowerCase()] ?? environment[name] ?? '';
  const proxies = {
    'http:': proxyUrl('HTTP_PROXY', value('HTTP_PROXY')),
    'https:': proxyUrl('HTTPS_PROXY', value('HTTPS_PROXY')),
  } as const;
  const exempt = exemptions(value('NO_PROXY'));
  return (url) => {
    const proxy = proxies[url.protocol as keyof typeof proxies];
    return proxy === undefined || exempt(url) ? undefined : proxy;
  };
}

function proxyUrl(name: string, text: string): URL | undefined {
  if (text.trim() === '') return undefined;
  const written = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new Error(`${name} is no http or https URL`);
  }
  return url;
}

function exemptions(text: string): (url: URL) => boolean {
  const entries = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  const networks = new BlockList();
  networks.addSubnet('127.0.0.0', 8, 'ipv4');
  networks.addAddress('::1', 'ipv6');
  const names: { readonly suffix: string; readonly subdomainsOnly: boolean; readonly port: string }[] = [];
  let all = false;
  for (const entry of entries) {
    const [, bare = entry, port = ''] =
      /^\[([^\]]*)\](?::(\d+))?$/.exec(entry) ?? /^([^:]*)(?::(\d+))?$/.exec(entry) ?? [];
    if (bare === '*') all = true;
    else if (port === '' && addNetwork(networks, bare)) continue;
    else {
      const suffix = bare.replace(/^\*?\./, '').replace(/\.$/, '');
      names.push({ suffix, subdomainsOnly: bare.startsWith('*.'), port });
    }
  }
  return ({ hostname, port, protocol }) => {
    const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
    const family = isIP(host);
    if (all || host === 'localhost') return true;
    if (family !== 0 && networks.check(host, family === 4 ? 'ipv4' : 'ipv6')) return true;
    const actualPort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
    return names.some(
      (name) =>
        (name.port === '' || name.port === actualPort) &&
        ((host === name.suffix && !name.subdomainsOnly) || host.endsWith(`.${name.suffix}`)),
    );
  };
}

/** Whether the entry is an address or a CIDR block, and has been added. */
function addNetwork(networks: BlockList, entry: string): boolean {
  const [address = '', bits] = entry.split('/');
  const family = isIP(address);
  if (family === 0) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const most = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > most) return false;
  networks.addSubnet(address, prefix, type);
  return true;
}
