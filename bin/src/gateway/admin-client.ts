import { CliError } from '../cli-error.js';
import type { GatewayAddress } from './find-gateway.js';

/** Longer than any call takes that answers at all: a revision may take a while to compile and to be served everywhere. */
const answerTimeoutMs = 150_000;

/** Thrown for a call that was answered with a problem (RFC 9457). */
export class RefusedError extends CliError {
  readonly status: number;
  /** Each fault, where there are several. */
  readonly faults: readonly string[];

  constructor(status: number, message: string, faults: readonly string[] = []) {
    super(status === 503 ? 'unreachable' : 'refused', message);
    this.status = status;
    this.faults = faults;
  }
}

/** The admin API of one gateway. Every call throws `CliError`: what was refused, or that nobody answers. */
export class AdminClient {
  readonly #address: GatewayAddress;

  constructor(address: GatewayAddress) {
    this.#address = address;
  }

  async get<T>(path: string): Promise<T> {
    return this.#json<T>('GET', path);
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return this.#json<T>('POST', path, body);
  }

  async delete<T>(path: string): Promise<T> {
    return this.#json<T>('DELETE', path);
  }

  /** The answer with its body still to be read, however long that takes. */
  async open(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Response> {
    const response = await this.#send(method, path, body);
    if (response.ok) return response;
    throw await this.#explain(response);
  }

  async #json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.#send(method, path, body, AbortSignal.timeout(answerTimeoutMs));
    if (!response.ok) throw await this.#explain(response);
    if (!isJson(response)) throw this.#stranger();
    return (await response.json()) as T;
  }

  async #send(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    const { url, token } = this.#address;
    try {
      return await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
        redirect: 'manual',
      });
    } catch (error) {
      throw new CliError('unreachable', `cannot reach the gateway at ${url}: ${explainFetch(error)}. Is it running? \`sallyport up\` starts one here`);
    }
  }

  async #explain(response: Response): Promise<CliError> {
    if (response.status === 401) {
      await response.body?.cancel();
      return new RefusedError(401, `the gateway at ${this.#address.url} does not take this token; see admin.json in its data directory`);
    }
    const text = await response.text();
    if (!isJson(response)) return this.#stranger();
    const { detail, title, errors } = JSON.parse(text) as { detail?: string; title?: string; errors?: string[] };
    return new RefusedError(response.status, detail ?? title ?? `status ${response.status}`, errors ?? []);
  }

  #stranger(): CliError {
    return new CliError('unreachable', `what answers at ${this.#address.url} is not Sallyport's admin API`);
  }
}

function isJson(response: Response): boolean {
  return /^application\/(?:problem\+)?json\b/.test(response.headers.get('content-type') ?? '');
}

/** What lies beneath `fetch failed`. */
export function explainFetch(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: unknown };
  if (name === 'TimeoutError') return `no answer within ${answerTimeoutMs / 1000} s`;
  if (cause instanceof AggregateError) return explainFetch(cause.errors[0]);
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
