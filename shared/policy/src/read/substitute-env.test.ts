import { expect, test } from 'vitest';
import { parseYaml } from './parse-yaml.js';
import { substituteEnv } from './substitute-env.js';

const env = { HOST: 'db', EMPTY: '', TRICK: '${HOST}', YAML: '"}, { url: evil' };

test.each([
  ['http://${HOST}:1/${HOST}', 'http://db:1/db'],
  ['${EMPTY}', ''],
  ['${TRICK}', '${HOST}'],
  ['$${HOST} costs $5', '${HOST} costs $5'],
  ['$HOST', '$HOST'],
])('%s becomes %s', (text, expected) => {
  expect(substituteEnv(text, env)).toEqual({ text: expected });
});

test.each([
  ['a${ABSENT}', 1, 'the environment variable ABSENT is not set'],
  ['${toString}', 0, 'the environment variable toString is not set'],
  ['${HOST', 0, '"${" must be followed'],
  ['${}', 0, '"${" must be followed'],
  ['${HOST:-x}', 0, '"${" must be followed'],
])('%s is refused', (text, offset, message) => {
  expect(substituteEnv(text, env)).toEqual({ offset, message: expect.stringContaining(message) });
});

test('a value never becomes structure, and keys are left alone', () => {
  const parsed = parseYaml('f', 'list: [ { url: "${YAML}" } ]\n"${HOST}": 1', env);
  expect(parsed.ok && parsed.yaml.value).toEqual({ list: [{ url: env.YAML }], '${HOST}': 1 });
});
