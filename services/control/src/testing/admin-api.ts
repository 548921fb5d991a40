/** Calls an admin API in tests and keeps what it answers. */
export class AdminApi {
  readonly url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url + path, { ...init, headers: { authorization: `Bearer ${this.#token}` } });
  }

  async get(path: string) {
    return readAnswer(await this.fetch(path));
  }

  async post(path: string, body: unknown) {
    return readAnswer(await this.fetch(path, { method: 'POST', body: JSON.stringify(body) }));
  }

  async delete(path: string) {
    return readAnswer(await this.fetch(path, { method: 'DELETE' }));
  }

  /** All events of a query, parsed. */
  async events(query: string): Promise<{ id: string; type: string; data: Record<string, unknown> }[]> {
    const text = await (await this.fetch(`/api/v1/events?${query}`)).text();
    return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  }
}

// A test knows what it has asked for.
// oxlint-disable-next-line no-explicit-any
type Json = any;

async function readAnswer(response: Response): Promise<{ status: number; json: Json }> {
  return { status: response.status, json: JSON.parse(await response.text()) };
}

/** Tries until it does not throw any more, at most `timeoutMs`. */
export async function eventually<T>(attempt: () => Promise<T>, timeoutMs = 15_000): Promise<T> {
  const untilMs = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
