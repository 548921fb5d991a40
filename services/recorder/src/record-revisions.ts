import type { ControlEntry, RevisionContent } from '@sallyport/pipeline';
import type { RevisionManifest } from '@sallyport/policy';
import { inflateRawSync } from 'node:zlib';
import type { RowInserter } from './insert-rows.js';

/** Copies policy revisions from the control log into `policy_revisions`, each once. */
export class RevisionRecorder {
  readonly #inserter: RowInserter;
  readonly #parts = new Map<string, Buffer>();

  constructor(inserter: RowInserter) {
    this.#inserter = inserter;
  }

  accept({ key, content }: ControlEntry): void {
    if (!key.startsWith('revision.')) return;
    if (key.includes('.part.')) {
      this.#parts.set(key, Buffer.from(content));
      return;
    }
    const { revision, parts, createdAtMs, author, message, sha256 } = JSON.parse(content.toString()) as RevisionManifest;
    const packed: Buffer[] = [];
    for (let i = 0; i < parts; i++) {
      const partKey = `revision.${revision}.part.${i}`;
      packed.push(this.#parts.get(partKey) ?? Buffer.alloc(0));
      this.#parts.delete(partKey);
    }
    const { source } = JSON.parse(inflateRawSync(Buffer.concat(packed)).toString()) as RevisionContent;
    const row = JSON.stringify([revision, (createdAtMs / 1000).toFixed(3), author, message, sha256, source]);
    void this.#inserter.insert('policy_revisions', [Buffer.from(row + '\n')], `revision:${sha256}:${revision}`);
  }
}
