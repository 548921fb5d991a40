import { readFileSync, statSync } from 'node:fs';

export const MAX_FILE_BYTES = 8 * 2 ** 20;

export type TextFile = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads a regular file of at most 8 MiB of UTF-8. */
export function readTextFile(path: string): TextFile {
  try {
    // Opening a pipe would wait for its writer.
    const stats = statSync(path);
    if (!stats.isFile()) return { ok: false, message: 'is not a regular file' };
    if (stats.size > MAX_FILE_BYTES) return { ok: false, message: 'is larger than 8 MiB' };
    const bytes = readFileSync(path);
    if (bytes.length > MAX_FILE_BYTES) return { ok: false, message: 'is larger than 8 MiB' };
    return { ok: true, text: decoder.decode(bytes) };
  } catch (error) {
    return { ok: false, message: explain(error as NodeJS.ErrnoException) };
  }
}

function explain(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return 'does not exist';
  if (error.code === 'EACCES' || error.code === 'EPERM') return 'may not be read: permission denied';
  if (error instanceof TypeError) return 'is not UTF-8 text';
  return `cannot be read: ${error.code ?? error.message}`;
}
