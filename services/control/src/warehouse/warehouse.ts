import { RefusedError } from '../refused-error.js';

/** Longer statements go into the body. */
const maxTargetChars = 8_000;
const pingTimeoutMs = 1_000;

export interface WarehouseQuery {
  readonly query: string;
  /** Where the statement names none. */
  readonly format?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Reads from ClickHouse over its HTTP interface, as the user who may only read. */
export class Warehouse {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;

  /** `url` may hold a user and password. */
  constructor(url: string, database: string) {
    this.#url = new URL(url);
    const { username, password } = this.#url;
    const credential = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
    this.#headers = {
      'accept-encoding': 'identity',
      'x-clickhouse-database': database,
      ...(username === '' ? {} : { authorization: `Basic ${credential}` }),
    };
    this.#url.username = '';
    this.#url.password = '';
  }

  /**
   * The answer of ClickHouse, its body still to be read. Throws `RefusedError`: 400 with ClickHouse's own text for a statement that
   * it refuses, 503 when it cannot be reached or is overloaded.
   */
  async query({ query, format, params, settings, signal }: WarehouseQuery): Promise<Response> {
    const target = new URL(this.#url);
    if (format !== undefined) target.searchParams.set('default_format', format);
    for (const [name, value] of Object.entries(params ?? {})) target.searchParams.set(`param_${name}`, value);
    for (const [name, value] of Object.entries(settings ?? {})) target.searchParams.set(name, value);
    const short = new URL(target);
    short.searchParams.set('query', query);
    // ClickHouse makes every GET read-only, whatever its user may do.
    const asGet = short.href.length <= maxTargetChars;
    if (!asGet) target.searchParams.set('readonly', '2');
    const response = await this.#fetch(asGet ? short : target, asGet ? {} : { method: 'POST', body: query }, signal);
    if (response.ok) return response;
    const text = (await response.text()).trim();
    throw new RefusedError(response.status === 503 ? 503 : 400, text || `ClickHouse answered with status ${response.status}`);
  }

  /** Rows of a statement; 64-bit numbers as numbers, times as ISO 8601. */
  async rows<T>(query: string, params: Readonly<Record<string, string>>): Promise<T[]> {
    const settings = { output_format_json_quote_64bit_integers: '0', date_time_output_format: 'iso' };
    const text = await (await this.query({ query, params, settings, format: 'JSONEachRow' })).text();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  }

  /** Whether it answers within a second. */
  async isUp(): Promise<boolean> {
    try {
      const response = await fetch(new URL('/ping', this.#url), { signal: AbortSignal.timeout(pingTimeoutMs) });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }

  async #fetch(target: URL, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
    try {
      return await fetch(target, { ...init, headers: this.#headers, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      const cause = (error as Error).cause;
      const why = cause instanceof Error && cause.message !== '' ? cause.message : (error as Error).message;
      throw new RefusedError(503, `ClickHouse cannot be reached at ${this.#url.origin}: ${why}`);
    }
  }
}
