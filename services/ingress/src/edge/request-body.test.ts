import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RequestBody } from './request-body.js';

function bodyOf(): { body: RequestBody; reading: () => boolean } {
  let reading = true;
  return { body: new RequestBody({ setReading: (wanted) => (reading = wanted) }, 0), reading: () => reading };
}

it('stops its source until somebody reads, and hands over what came early', () => {
  const { body, reading } = bodyOf();
  body.push(Buffer.from('early'), false);
  expect(reading()).toBe(false);
  const got: string[] = [];
  body.read((chunk, last) => got.push(`${Buffer.from(chunk).toString()}${last ? '.' : ''}`));
  expect(reading()).toBe(true);
  body.push(Buffer.from('late'), true);
  expect(got).toEqual(['early', 'late.']);
});

it('keeps a copy, for chunks are valid only during the call', () => {
  const { body } = bodyOf();
  const chunk = Buffer.from('abc');
  body.push(chunk, true);
  chunk.fill(0);
  let got = '';
  body.read((bytes) => (got += Buffer.from(bytes).toString()));
  expect(got).toBe('abc');
});

it('gives all bytes once, in order, with one end, however reader and source take turns', () => {
  const step = fc.oneof(fc.record({ push: fc.string({ maxLength: 3 }) }), fc.constantFrom('pause', 'resume', 'read'));
  fc.assert(
    fc.property(fc.array(step), fc.string({ maxLength: 3 }), fc.boolean(), (steps, final, pausesInside) => {
      const { body, reading } = bodyOf();
      let sent = '';
      let got = '';
      let ends = 0;
      let isReading = false;
      const read = (): void => {
        if (isReading) return;
        isReading = true;
        body.read((chunk, last) => {
          expect(ends).toBe(0);
          got += Buffer.from(chunk).toString();
          if (last) ends++;
          else if (pausesInside) body.pause();
        });
      };
      for (const turn of steps) {
        if (turn === 'pause') body.pause();
        else if (turn === 'resume') body.resume();
        else if (turn === 'read') read();
        else if (reading()) {
          sent += turn.push;
          body.push(Buffer.from(turn.push), false);
        }
      }
      sent += final;
      body.push(Buffer.from(final), true);
      read();
      for (let i = 0; i <= steps.length + 1; i++) body.resume();
      expect(got).toBe(sent);
      expect(ends).toBe(1);
      expect(body.keptBytes).toBe(0);
    }),
  );
});

it('drops everything once discarded, and lets the source go on', () => {
  const { body, reading } = bodyOf();
  body.push(Buffer.from('early'), false);
  body.discard();
  body.follow();
  expect(reading()).toBe(true);
  expect(body.keptBytes).toBe(0);
  body.push(Buffer.from('late'), false);
  expect(body.keptBytes).toBe(0);
});

it('is on time while nobody reads it, and while so many bytes a second come', () => {
  const { body } = bodyOf();
  expect(body.isOnTime(100, 50_000)).toBe(true);
  body.read(() => {});
  expect(body.isOnTime(100, 51_000)).toBe(false);
  body.push(new Uint8Array(150), false);
  expect(body.isOnTime(100, 52_000)).toBe(false);
  body.push(new Uint8Array(50), false);
  expect(body.isOnTime(100, 52_000)).toBe(true);
  expect(body.isOnTime(100, 53_000)).toBe(false);
  body.pause();
  expect(body.isOnTime(100, 90_000)).toBe(true);
  body.resume();
  expect(body.isOnTime(100, 91_000)).toBe(false);
});
