import { expect, test } from 'vitest';
import { normalizeHost } from './normalize-host.js';

test.each([
  ['api.example.com', 'api.example.com'],
  ['API.Example.COM:8080', 'api.example.com'],
  ['api.example.com.', 'api.example.com'],
  ['api.example.com.:443', 'api.example.com'],
  ['[2001:DB8::1]:8080', '[2001:db8::1]'],
  ['[::1]', '[::1]'],
  ['127.0.0.1:80', '127.0.0.1'],
  ['', ''],
])('%s becomes %s', (host, normal) => {
  expect(normalizeHost(host)).toBe(normal);
});
