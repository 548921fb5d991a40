import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../cli-error.js';
import { findGateway, type GatewayFlags } from './find-gateway.js';

const data = mkdtempSync(join(tmpdir(), 'sallyport-find-'));
const own = { url: 'http://127.0.0.1:8081', token: 'own' };

beforeEach(() => {
  writeFileSync(join(data, 'admin.json'), JSON.stringify(own));
});

afterAll(() => rmSync(data, { recursive: true, force: true }));

function exitCode(flags: GatewayFlags): number | undefined {
  try {
    findGateway(flags);
  } catch (error) {
    if (error instanceof CliError) return error.exitCode;
  }
  return undefined;
}

describe('the gateway', () => {
  it('is what the data directory says, where nothing else is said', () => {
    expect(findGateway({ data })).toEqual(own);
    expect(findGateway({ data, token: 'other' })).toEqual({ ...own, token: 'other' });
    expect(findGateway({ data, admin: 'http://127.0.0.1:8081/' })).toEqual(own);
  });

  it('is not sent the token of another', () => {
    expect(exitCode({ data, admin: 'http://127.0.0.1:8082' })).toBe(2);
    expect(findGateway({ data, admin: 'https://gateway.example.com/sub/', token: 't' })).toEqual({ url: 'https://gateway.example.com/sub', token: 't' });
  });

  it('needs an address that is one', () => {
    for (const admin of ['foo', 'ftp://x', '127.0.0.1:8081']) expect(exitCode({ data, admin, token: 't' })).toBe(2);
  });

  it('is out of reach where the data directory is none', () => {
    expect(exitCode({ data: join(data, 'none') })).toBe(3);
    for (const text of ['', '{', 'null', '{"url":"http://x"}', '[]']) {
      writeFileSync(join(data, 'admin.json'), text);
      expect(exitCode({ data }), text).toBe(3);
    }
  });
});
