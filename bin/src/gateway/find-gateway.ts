import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../cli-error.js';

/** `--admin`, `--token` and `--data`, the first two also from the environment. */
export interface GatewayFlags {
  readonly admin?: string;
  readonly token?: string;
  readonly data: string;
}

export interface GatewayAddress {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string;
}

/**
 * Where the admin API is. What the data directory says fills in what is not given; its token goes to its own address only. Throws
 * `CliError` that says what to give.
 */
export function findGateway(flags: GatewayFlags): GatewayAddress {
  const given = flags.admin === undefined ? undefined : normalizeUrl(flags.admin);
  if (given !== undefined && flags.token !== undefined) return { url: given, token: flags.token };
  const path = join(flags.data, 'admin.json');
  const file = readAdminFile(path);
  const url = given ?? file?.url;
  if (url === undefined) {
    throw new CliError('unreachable', `there is no gateway here: ${path} does not exist. Start one with \`sallyport up\`, or say where it is with --data DIR, or with --admin URL and --token T`);
  }
  const token = flags.token ?? (file?.url === url ? file.token : undefined);
  if (token === undefined) throw new CliError('usage', `no token for ${url}: give --token T or set SALLYPORT_TOKEN`);
  return { url, token };
}

function normalizeUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new CliError('usage', `the address of the admin API is not a URL like http://127.0.0.1:8081: ${text}`);
  }
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

function readAdminFile(path: string): GatewayAddress | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CliError('unreachable', `${path} cannot be read: ${message}`);
  }
  try {
    const { url, token } = JSON.parse(text) as Partial<GatewayAddress>;
    if (typeof url === 'string' && typeof token === 'string') return { url: normalizeUrl(url), token };
  } catch (error) {
    if (error instanceof CliError) throw error;
  }
  throw new CliError('unreachable', `${path} does not hold an address and a token; \`sallyport up\` writes it anew`);
}
