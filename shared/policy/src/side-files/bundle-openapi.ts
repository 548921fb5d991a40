import { dirname, relative, resolve } from 'node:path';
import type { OpenApiDocument } from '../document.js';
import { findReferences } from './find-references.js';
import { loadSideFile } from './load-side-file.js';
import { pointerExists } from './resolve-pointer.js';

const MAX_FILES = 100;
const MAX_DOCUMENT_CHARS = 8 * 2 ** 20;

/** Where files that a document refers to end up in it, by number. */
export const BUNDLE_KEY = 'x-sallyport-files';

export type BundleResult = { readonly ok: true; readonly document: OpenApiDocument } | { readonly ok: false; readonly messages: readonly string[] };

/**
 * Reads an OpenAPI 3.0 or 3.1 document (YAML or JSON) and everything that its `$ref`s name in other local files. Those files are
 * carried whole under `x-sallyport-files`, and all references rewritten to point there, so that cycles are no matter.
 */
export function bundleOpenApi(path: string, shownAs: string): BundleResult {
  const bundle = new Bundle(dirname(path), dirname(shownAs));
  const root = bundle.load(path, shownAs);
  if (bundle.messages.length === 0) bundle.messages.push(...findFaults(root).map((fault) => `the file "${shownAs}" ${fault}`));
  if (bundle.messages.length > 0) return { ok: false, messages: bundle.messages };

  const files = Object.fromEntries(bundle.files.slice(1).map((file, i) => [i + 1, file.value]));
  const document = { ...(root as OpenApiDocument), ...(bundle.files.length > 1 ? { [BUNDLE_KEY]: files } : {}) };
  const dangling = bundle.files.flatMap((file) => findReferences(file.value)).find(({ target }) => !pointerExists(document, target));
  if (dangling !== undefined) return { ok: false, messages: [`the file "${shownAs}" has a $ref to nothing: "${dangling.target}"`] };
  if (JSON.stringify(document).length > MAX_DOCUMENT_CHARS) return { ok: false, messages: [`the file "${shownAs}" is larger than 8 MiB with what it refers to`] };
  return { ok: true, document };
}

interface BundledFile {
  readonly path: string;
  readonly value: unknown;
}

/** The files of one document in the order in which they are met; the first is its root. */
class Bundle {
  readonly messages: string[] = [];
  readonly files: BundledFile[] = [];
  readonly #folder: string;
  readonly #shownFolder: string;

  constructor(folder: string, shownFolder: string) {
    this.#folder = folder;
    this.#shownFolder = shownFolder;
  }

  load(path: string, shownAs: string): unknown {
    const file = loadSideFile(path, shownAs);
    const value = file.ok ? file.value : null;
    const number = this.files.push({ path, value }) - 1;
    if (!file.ok) this.messages.push(file.message);
    // All references are rewritten to the root's terms, so no other base may apply to them.
    if (number > 0 && typeof value === 'object' && value !== null) delete (value as Record<string, unknown>)['$id'];
    for (const reference of findReferences(value)) {
      const target = this.#translate(reference.target, number, path, shownAs);
      if (target !== null) reference.replace(target);
    }
    return value;
  }

  /** A reference in file `number` as the bundled document has to write it; null where it cannot be followed. */
  #translate(target: string, number: number, path: string, shownAs: string): string | null {
    const [location = '', fragment = ''] = target.split('#', 2);
    if (fragment !== '' && !fragment.startsWith('/')) return this.#fail(`the $ref "${target}" in "${shownAs}" is not a JSON Pointer`);
    if (location === '') return pointInto(number, fragment);
    if (/^[a-z][a-z0-9+.-]+:|^\/\//i.test(location)) return this.#fail(`the $ref "${target}" in "${shownAs}" leads out of this machine's files: keep a copy beside it`);

    const other = resolve(dirname(path), decodeLocation(location));
    const known = this.files.findIndex((file) => file.path === other);
    if (known !== -1) return pointInto(known, fragment);
    if (this.files.length >= MAX_FILES) return this.#fail(`the file "${shownAs}" is one of more than ${MAX_FILES} that belong together`);
    const next = this.files.length;
    this.load(other, resolveShown(this.#shownFolder, relative(this.#folder, other)));
    return pointInto(next, fragment);
  }

  #fail(message: string): null {
    if (!this.messages.includes(message)) this.messages.push(message);
    return null;
  }
}

function pointInto(number: number, fragment: string): string {
  return number === 0 ? `#${fragment}` : `#/${BUNDLE_KEY}/${number}${fragment}`;
}

function resolveShown(folder: string, path: string): string {
  return folder === '.' ? path : `${folder}/${path}`;
}

function decodeLocation(location: string): string {
  try {
    return decodeURIComponent(location);
  } catch {
    return location;
  }
}

function findFaults(root: unknown): string[] {
  const { openapi, paths } = (typeof root === 'object' && root !== null ? root : {}) as Record<string, unknown>;
  if (typeof openapi !== 'string' || !/^3\.[01]\.\d+/.test(openapi)) return ['is not an OpenAPI 3.0 or 3.1 document: it has no such "openapi" version'];
  return typeof paths === 'object' && paths !== null ? [] : ['has no "paths"'];
}
