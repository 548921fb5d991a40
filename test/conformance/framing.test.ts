import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EdgeListener, Exchange } from '../../services/ingress/src/edge/exchange.js';
import { listenUws } from '../../services/ingress/src/edge/listen-uws.js';
import { framingCases, type FramingCase, type SeenRequest } from './framing-cases.js';
import { RawClient } from './raw-client.js';

const rider = 'GET /rider HTTP/1.1\r\nHost: a\r\n\r\n';
const quietMs = 80;
const answerMs = 2_000;

let listener: EdgeListener;
let seen: SeenRequest[] = [];
let refusals: string[] = [];
let aborted = 0;
let unparsed = 0;

/** Reads the body, then answers; as in the pipeline, never within the parser's turn. */
function take(exchange: Exchange): void {
  const pieces: Buffer[] = [];
  exchange.onAborted = () => aborted++;
  exchange.readBody((chunk, last) => {
    pieces.push(Buffer.from(chunk));
    if (!last) return;
    const { method, target, host, contentLength, headers } = exchange;
    const at = headers.indexOf('host');
    seen.push({ method, target, host, contentLength, body: Buffer.concat(pieces).toString('latin1'), headers: headers.toSpliced(at, 2) });
    setImmediate(() => exchange.respond(200, ['content-type', 'text/plain'], 'done'));
  });
}

beforeAll(async () => {
  listener = await listenUws({
    host: '127.0.0.1',
    port: 0,
    onRequest: take,
    onRefused: (refused, denial) => refusals.push(`${refused.status} ${denial.reason}`),
    onUnparsed: () => unparsed++,
  });
});

afterAll(() => listener.close(0));

beforeEach(() => {
  seen = [];
  refusals = [];
  aborted = 0;
  unparsed = 0;
});

const piecesOf = (subject: FramingCase): readonly string[] => (typeof subject.bytes === 'string' ? [subject.bytes] : subject.bytes);
const targets = (): string[] => seen.map(({ target }) => target);
/** The case may name the same target as others, but never the rider's. */
const riders = (): number => targets().filter((target) => target === '/rider').length;

async function run(pieces: readonly string[], check: (client: RawClient) => Promise<void>): Promise<void> {
  const client = await RawClient.open(listener.port);
  try {
    await client.send(...pieces);
    await check(client);
  } finally {
    client.close();
  }
}

describe.each(framingCases)('$name', (subject) => {
  const { outcome } = subject;

  it(`is ${outcome.kind}`, () =>
    run(piecesOf(subject), async (client) => {
      if (outcome.kind === 'stuck') {
        expect(await client.until(({ received, ended }) => received !== '' || ended, quietMs)).toBe(false);
        expect([seen, refusals]).toEqual([[], []]);
        return;
      }
      expect(await client.until(({ statuses, ended }) => statuses.length > 0 || ended, answerMs)).toBe(true);
      const closes = outcome.kind !== 'forwarded' || outcome.closes;
      expect(await client.until(({ ended }) => ended, closes ? answerMs : quietMs)).toBe(closes);
      if (outcome.kind === 'forwarded') {
        expect(client.statuses).toEqual([200]);
        expect(seen).toEqual([expect.objectContaining(outcome.seen)]);
        expect([refusals, aborted]).toEqual([[], 0]);
      } else if (outcome.kind === 'refused') {
        expect(client.statuses).toEqual([outcome.status]);
        expect(seen).toEqual([]);
        expect(refusals).toEqual([`${outcome.status} ${outcome.status === 431 ? 'headers_too_large' : 'malformed_request'}`]);
      } else if (outcome.kind === 'rejected') {
        expect(client.statuses).toEqual([outcome.status]);
        expect([seen, refusals]).toEqual([[], []]);
        expect(unparsed).toBeGreaterThan(0);
      } else {
        expect(client.statuses).not.toContain(200);
        expect(aborted).toBe(1);
      }
    }));

  it('lets nothing ride behind it in the same segment', () =>
    run([...piecesOf(subject).slice(0, -1), piecesOf(subject).at(-1)! + rider], async (client) => {
      await client.until(({ ended }) => ended, outcome.kind === 'stuck' ? quietMs : answerMs);
      expect(riders()).toBe(0);
      expect(refusals.length).toBe(outcome.kind === 'refused' ? 1 : 0);
    }));

  it('lets nothing ride behind it in a later segment, unless it was well framed', () =>
    run(piecesOf(subject), async (client) => {
      await client.until(({ statuses, ended }) => statuses.length > 0 || ended, outcome.kind === 'stuck' ? quietMs : answerMs);
      await client.send(rider);
      const serves = outcome.kind === 'forwarded' && !outcome.closes;
      expect(await client.until(({ statuses }) => statuses.length === 2, serves ? answerMs : quietMs)).toBe(serves);
      expect(riders()).toBe(serves ? 1 : 0);
    }));
});

describe('a connection', () => {
  it('with a head that never becomes well formed is dropped within 12 s, and counted', { timeout: 20_000 }, () =>
    run(['GET / HTTP/1.1\r\nHost: a\r\nx y: z\r\n\r\n'], async (client) => {
      expect(await client.until(({ ended }) => ended, 13_000)).toBe(true);
      expect(client.received).toBe('');
      expect(unparsed).toBeGreaterThan(0);
    }));

  it('that is kept busy with a byte now and then gets no longer for its head', { timeout: 20_000 }, () =>
    run(['GET / HTTP/1.1\r\nHost: a\r\nx: '], async (client) => {
      const trickle = setInterval(() => void client.send('y'), 500);
      expect(await client.until(({ ended }) => ended, 13_000)).toBe(true);
      clearInterval(trickle);
    }));

  it('never leads to more requests than were well framed, whatever is behind a chunked one', async () => {
    const hidden = `POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const ends = ['0\r\n\r\n', '0\n\n', '0\r\nXX', '5\r\nhello\r\n0\r\n\r\n', '0;a\r\n\r\n', '0 \r\n\r\n'];
    for (const end of ends) {
      for (const pieces of [[hidden + end + rider], [hidden, end + rider], [hidden + end, rider], [hidden, end.slice(0, -1), end.slice(-1) + rider]]) {
        await run(pieces, async (client) => {
          await client.until(({ ended }) => ended, 300);
        });
      }
    }
    expect(riders()).toBe(0);
    expect(seen.length).toBeGreaterThan(0);
  });
});
