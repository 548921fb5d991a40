import { once } from 'node:events';
import { CliError } from '../cli-error.js';
import { explainFetch } from '../gateway/admin-client.js';

/** The chunks of an answer. Throws `CliError` where it breaks off. */
export async function* readBody(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  try {
    yield* response.body;
  } catch (error) {
    throw new CliError('unreachable', `the answer broke off: ${explainFetch(error)}; what was printed is not all of it`);
  }
}

/** Writes data at the pace of whoever reads it. */
export async function writeOut(chunk: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
}
