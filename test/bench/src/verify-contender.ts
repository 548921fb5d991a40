import { Agent, request } from 'undici';
import type { Credentials } from './mint-tokens.js';
import { orderJson } from './start-upstream.js';

/**
 * Throws unless the contender really does the work it is measured by: refuses no token, a forged and an expired one with 401, bad
 * parameters with `refusalStatus`, and answers the upstream's body to a good request. Without `refusalStatus` only the last is asked.
 */
export async function verifyContender(url: string, credentials: Credentials, refusalStatus: number | undefined): Promise<void> {
  const agent = new Agent();
  const expectStatus = async (what: string, path: string, token: string | undefined, status: number) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await request(url + path, { dispatcher: agent, headers });
    const body = await answer.body.text();
    if (answer.statusCode !== status) throw new Error(`${what}: ${answer.statusCode} instead of ${status}: ${body.slice(0, 300)}`);
    return body;
  };
  const good = '/orders/1001?expand=items';
  try {
    for (const token of credentials.tokens) {
      const body = await expectStatus('a good request', good, token, 200);
      if (JSON.stringify(JSON.parse(body)) !== orderJson) throw new Error(`a good request: not the upstream's answer: ${body.slice(0, 300)}`);
    }
    if (refusalStatus === undefined) return;
    const [token = ''] = credentials.tokens;
    await expectStatus('no token', good, undefined, 401);
    await expectStatus('a forged token', good, credentials.forgedToken, 401);
    await expectStatus('an expired token', good, credentials.expiredToken, 401);
    await expectStatus('an id that is no number', '/orders/first?expand=items', token, refusalStatus);
    await expectStatus('an unknown expansion', '/orders/1001?expand=everything', token, refusalStatus);
  } finally {
    await agent.destroy();
  }
}
