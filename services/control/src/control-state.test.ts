import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ControlState, policyKeyConsumer } from './control-state.js';
import { sampleDocument, sampleRoute } from './testing/sample-document.js';

function entry(key: string, content: unknown) {
  return { key, sequence: 1, content: Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content)) };
}

function revisionEntries(revision: number, source: string, parts = 1) {
  const packed = deflateRawSync(JSON.stringify({ document: sampleDocument(sampleRoute('a')), source }));
  const size = Math.ceil(packed.length / parts);
  return [
    ...Array.from({ length: parts }, (_, i) => entry(`revision.${revision}.part.${i}`, packed.subarray(i * size, (i + 1) * size))),
    entry(`revision.${revision}`, { revision, parts, sha256: '', createdAtMs: 0, author: 'admin', message: '' }),
  ];
}

describe('the state that control reads from its log', () => {
  it('has the newest whole revision in force', () => {
    const state = new ControlState();
    expect([state.current, state.currentRevision, state.nextRevision]).toEqual([undefined, 0, 1]);
    for (const e of [...revisionEntries(1, 'one'), ...revisionEntries(2, 'two', 3)]) state.accept(e);
    expect(state.current?.content.source).toBe('two');
    expect(state.history.map(({ revision }) => revision)).toEqual([2, 1]);
    expect(state.revision(1)?.content.source).toBe('one');
    expect(state.revision(3)).toBeUndefined();
  });

  it('does not use the number of a revision that was left half written', () => {
    const state = new ControlState();
    for (const e of revisionEntries(1, 'one')) state.accept(e);
    state.accept(revisionEntries(2, 'two')[0]!);
    expect([state.currentRevision, state.nextRevision]).toEqual([1, 3]);
  });

  it('does not change when the log is read again', () => {
    const entries = [
      ...revisionEntries(1, 'one'),
      entry('key.k', { id: 'k', consumer: 'acme', sha256: '', scopes: [], createdAtMs: 1, expiresAtMs: null, revokedAtMs: null }),
      entry('revocation.key.x', { kind: 'key', value: 'k', revokedAtMs: 5 }),
    ];
    const once = new ControlState();
    const twice = new ControlState();
    for (const e of entries) once.accept(e);
    for (const e of [...entries, ...entries]) twice.accept(e);
    const seen = (state: ControlState) => [state.current, state.nextRevision, state.keys, state.revocations];
    expect(seen(twice)).toEqual(seen(once));
    expect(once.revocation('key', 'k')?.revokedAtMs).toBe(5);
  });

  it('reads old revisions as often as one likes, in any order', () => {
    const state = new ControlState();
    for (let i = 1; i <= 10; i++) for (const e of revisionEntries(i, `source ${i}`)) state.accept(e);
    for (const i of [1, 10, 5, 1, 2, 3, 4, 6, 7, 1]) expect(state.revision(i)?.content.source).toBe(`source ${i}`);
  });
});

describe('keys of the policy file', () => {
  it('belong to the consumer that lists them', () => {
    expect(policyKeyConsumer(sampleDocument(), 'k1')).toBe('acme');
    expect(policyKeyConsumer(sampleDocument(), 'k2')).toBeUndefined();
  });
});
