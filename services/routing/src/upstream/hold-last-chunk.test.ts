import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasDigest, LastChunkHold } from './hold-last-chunk.js';

const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 });
const digest = (body: Uint8Array) => createHash('sha256').update(body).digest();

describe('LastChunkHold', () => {
  it('lets a body whose digest agrees through, byte for byte', () => {
    fc.assert(
      fc.property(chunks, (pieces) => {
        const hold = new LastChunkHold();
        const released = pieces.map((piece) => hold.push(piece)).filter((piece) => piece !== undefined);
        const held = hold.finish(digest(Buffer.concat(pieces)));
        if (!held.agrees) throw new Error('the digest should agree');
        if (held.last !== undefined) released.push(held.last);
        expect(Buffer.concat(released)).toEqual(Buffer.concat(pieces));
      }),
    );
  });

  it('never releases the end of another body: at least its last byte stays', () => {
    fc.assert(
      fc.property(chunks, fc.uint8Array({ maxLength: 33 }), (pieces, sha256) => {
        const hold = new LastChunkHold();
        const released = pieces.map((piece) => hold.push(piece)).filter((piece) => piece !== undefined);
        expect(hold.finish(sha256)).toEqual({ agrees: false });
        const body = Buffer.concat(pieces);
        expect(Buffer.concat(released).length).toBeLessThan(Math.max(1, body.length));
      }),
    );
  });

  it('knows an empty body', () => {
    expect(new LastChunkHold().finish(digest(Buffer.alloc(0)))).toEqual({ agrees: true, last: undefined });
  });
});

describe('hasDigest', () => {
  it('tells a body from any other', () => {
    expect(hasDigest(Buffer.from('body'), digest(Buffer.from('body')))).toBe(true);
    expect(hasDigest(Buffer.from('Body'), digest(Buffer.from('body')))).toBe(false);
    expect(hasDigest(Buffer.from('body'), digest(Buffer.from('body')).subarray(1))).toBe(false);
  });
});
