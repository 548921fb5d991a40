import fc from 'fast-check';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkPolicyFile } from './check-policy-file.js';
import { digestDocument } from './digest-document.js';
import { compileRoutes } from './match-route/compile-routes.js';
import { formatProblem } from './policy-problem.js';

const testdata = new URL('../testdata/', import.meta.url).pathname;

describe('each fault is named at its place', () => {
  const files = readdirSync(join(testdata, 'bad')).filter((file) => file.endsWith('.yaml'));

  test.each(files)('%s', (file) => {
    const path = join(testdata, 'bad', file);
    // The first lines of each file say what is expected: `#= line:col: message`.
    const expected = readFileSync(path, 'utf8').split('\n').filter((line) => line.startsWith('#= ')).map((line) => `${path}:${line.slice(3)}`);
    const result = checkPolicyFile(path, { ROLES: '[admin]' });
    expect(result.ok ? [] : result.problems.map(formatProblem)).toEqual(expected);
    expect(expected).not.toEqual([]);
  });
});

describe('good files', () => {
  test('one with every key becomes a document with every default filled in', () => {
    const path = join(testdata, 'good/full.yaml');
    const result = checkPolicyFile(path, { KEY_DIGEST: 'a'.repeat(64), HOST: '127.0.0.1' });
    if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));

    expect(result.document).toEqual(JSON.parse(readFileSync(join(testdata, 'good/full.document.json'), 'utf8')));
    expect(JSON.parse(JSON.stringify(result.document))).toEqual(result.document);
    expect(result.source).toBe(readFileSync(path, 'utf8'));
    expect(Object.entries(result.document.documents).map(([digest, document]) => digestDocument(document) === digest)).toEqual([true]);
    expect(compileRoutes(result.document).match('shop.example.com', 'POST', '/orders/7')).toMatchObject({ routeIndex: 0, params: { id: '7' } });
  });

  test('a document cannot be changed', () => {
    const result = checkPolicyFile(join(testdata, 'good/minimal.yaml'), {});
    if (!result.ok) throw new Error('does not check');
    expect(() => Object.assign(result.document.routes[0]!.auth, { kind: 'any' })).toThrow(TypeError);
  });
});

function messageFor(path: string): string {
  const result = checkPolicyFile(path, {});
  return result.ok ? 'ok' : result.problems.map((p) => formatProblem({ ...p, file: 'f' })).join();
}

describe('files that are no text', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'policy-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('a missing file, a folder, a device, one too large and one of another encoding are refused', () => {
    writeFileSync(join(folder, 'large.yaml'), Buffer.alloc(8 * 2 ** 20 + 1, 0x20));
    writeFileSync(join(folder, 'latin1.yaml'), Buffer.from('version: 1 # caf\xe9', 'latin1'));
    expect(messageFor(join(folder, 'absent.yaml'))).toBe('f:1:1: the policy file does not exist');
    expect(messageFor(folder)).toBe('f:1:1: the policy file is not a regular file');
    expect(messageFor('/dev/zero')).toBe('f:1:1: the policy file is not a regular file');
    expect(messageFor(join(folder, 'large.yaml'))).toBe('f:1:1: the policy file is larger than 8 MiB');
    expect(messageFor(join(folder, 'latin1.yaml'))).toBe('f:1:1: the policy file is not UTF-8 text');
  });

  test('whatever the text, the check ends with a document or with problems that have a place', () => {
    const pieces = fc.constantFrom(
      'version: 1\n', 'routes:\n', '  - id: a\n', '    match: { path: / }\n', '    auth: public\n', 'issuers: ', '{ ', '} ', '[', ']', ': ', '- ', '\n', '  ',
      '&a ', '*a ', '<<: ', '"', "'", '|\n', '${X}', '${', '#', '? ', '!!str ', '\t', 'null', '1e999', '__proto__: 1\n', 'consumers: {a: {keys: [{}]}}\n',
    );
    const path = join(folder, 'any.yaml');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        writeFileSync(path, parts.join(''));
        const result = checkPolicyFile(path, { X: '": 1' });
        if (result.ok) return;
        expect(result.problems.length).toBeGreaterThan(0);
        for (const { line, col } of result.problems) expect(Math.min(line, col)).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 1000 },
    );
  });
});
