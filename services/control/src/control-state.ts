import type { ControlEntry, RevisionContent } from '@sallyport/pipeline';
import type { MintedKey, PolicyDocument, Revocation, RevisionManifest } from '@sallyport/policy';
import { inflateRawSync } from 'node:zlib';

/** A revision with everything that was said about it. */
export interface StoredRevision {
  readonly manifest: RevisionManifest;
  readonly content: RevisionContent;
}

/** What the control log says, as far as it has been read. */
export class ControlState {
  readonly #parts = new Map<string, Buffer>();
  readonly #manifests = new Map<number, RevisionManifest>();
  readonly #keys = new Map<string, MintedKey>();
  readonly #revocations = new Map<string, Revocation>();
  /** The highest number that any entry of a revision carries, complete or not. */
  #highestRevision = 0;

  accept({ key, content }: ControlEntry): void {
    const [kind, number, part] = key.split('.');
    if (kind === 'revision') {
      this.#highestRevision = Math.max(this.#highestRevision, Number(number));
      if (part === 'part') this.#parts.set(key, content);
      else this.#manifests.set(Number(number), JSON.parse(content.toString()) as RevisionManifest);
    } else if (kind === 'key') {
      const minted = JSON.parse(content.toString()) as MintedKey;
      this.#keys.set(minted.id, minted);
    } else if (kind === 'revocation') {
      this.#revocations.set(key, JSON.parse(content.toString()) as Revocation);
    }
  }

  /** The number for the next revision. */
  get nextRevision(): number {
    return this.#highestRevision + 1;
  }

  get current(): StoredRevision | undefined {
    return this.revision(Math.max(0, ...this.#manifests.keys()));
  }

  /** Newest first. */
  get history(): readonly RevisionManifest[] {
    return [...this.#manifests.values()].sort((a, b) => b.revision - a.revision);
  }

  revision(revision: number): StoredRevision | undefined {
    const manifest = this.#manifests.get(revision);
    if (manifest === undefined) return undefined;
    const parts = Array.from({ length: manifest.parts }, (_, i) => this.#parts.get(`revision.${revision}.part.${i}`));
    if (parts.some((part) => part === undefined)) return undefined;
    const content = JSON.parse(inflateRawSync(Buffer.concat(parts as Buffer[])).toString()) as RevisionContent;
    return { manifest, content };
  }

  get keys(): readonly MintedKey[] {
    return [...this.#keys.values()].sort((a, b) => a.createdAtMs - b.createdAtMs);
  }

  key(id: string): MintedKey | undefined {
    return this.#keys.get(id);
  }

  get revocations(): readonly Revocation[] {
    return [...this.#revocations.values()];
  }
}

/** Whether a key of the policy file has this id. */
export function policyKeyConsumer(document: PolicyDocument, keyId: string): string | undefined {
  const found = Object.entries(document.consumers).find(([, { keys }]) => keys.some(({ id }) => id === keyId));
  return found?.[0];
}
