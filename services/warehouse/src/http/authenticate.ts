import { createHash, timingSafeEqual } from 'node:crypto';
import { ClickHouseException } from '../engine/exception.js';

export type Principal = 'reader' | 'recorder';

/** Who may come in: these users without a password may read, `recorder` with its password may write too. */
const readers = new Set(['default', 'sallyport']);

/**
 * Throws AUTHENTICATION_FAILED for an unknown user or a wrong password, without saying which. Without a digest nobody is
 * the recorder.
 */
export function authenticate(user: string, password: string, recorderDigest: Buffer | undefined): Principal {
  if (readers.has(user) && password === '') return 'reader';
  if (user === 'recorder' && recorderDigest !== undefined && timingSafeEqual(digestPassword(password), recorderDigest)) return 'recorder';
  throw new ClickHouseException(
    516,
    'AUTHENTICATION_FAILED',
    `${JSON.stringify(user)}: Authentication failed: password is incorrect, or there is no user with such name.`,
  );
}

export function digestPassword(password: string): Buffer {
  return createHash('sha256').update(password).digest();
}
