import { UpError } from './lock-data-dir.js';

/** The admin API, as far as `up` needs it. */
export class AdminClient {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async isUp(path: '/healthz' | '/readyz'): Promise<boolean> {
    try {
      const response = await fetch(this.#url + path, { signal: AbortSignal.timeout(2_000) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  async get<T>(path: string): Promise<T> {
    return this.#send<T>('GET', path, undefined);
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return this.#send<T>('POST', path, body);
  }

  async #send<T>(method: string, path: string, body: unknown): Promise<T> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      const problem = readProblem(text);
      throw new UpError(`${method} ${path} was refused: ${problem ?? response.status}`);
    }
    return JSON.parse(text) as T;
  }
}

function readProblem(text: string): string | undefined {
  try {
    const { detail, title } = JSON.parse(text) as { detail?: string; title?: string };
    return detail ?? title;
  } catch {
    return undefined;
  }
}
