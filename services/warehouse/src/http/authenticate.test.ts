import { describe, expect, it } from 'vitest';
import { authenticate, digestPassword } from './authenticate.js';

const digest = digestPassword('secret');

describe('authenticate', () => {
  it('lets the named readers in without a password, and the recorder with its own', () => {
    expect(authenticate('default', '', digest)).toBe('reader');
    expect(authenticate('sallyport', '', digest)).toBe('reader');
    expect(authenticate('recorder', 'secret', digest)).toBe('recorder');
  });

  it.each([
    ['default', 'secret'],
    ['recorder', ''],
    ['recorder', 'Secret'],
    ['nobody', ''],
    ['', ''],
  ])('refuses %j with %j', (user, password) => {
    expect(() => authenticate(user, password, digest)).toThrow(expect.objectContaining({ code: 516 }));
  });

  it('without a digest, nobody is the recorder', () => {
    expect(() => authenticate('recorder', '', undefined)).toThrow(expect.objectContaining({ code: 516 }));
  });

  it('does not repeat the password', () => {
    expect(() => authenticate('recorder', 'wrong-secret', digest)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('wrong-secret') }));
  });
});
