import type { ControlEntry, RevisionContent } from '@sallyport/pipeline';
import type { MintedKey, PolicyDocument, Revocation, RevisionManifest } from '@sallyport/policy';
import { inflateRawSync } from 'node:zlib';

/** A revision with everything that was said about it. */
export interface StoredRevision {
  readonly manifest: RevisionManifest;
  readonly content: RevisionContent;
}

/** Unpacked revisions kept; the rest stays packed. */
const unpackedCapacity = 4;

/** What the control log says, as far as it has been read. Entries may come again; the newest counts. */
export class ControlState {
  readonly #parts = new Map<string, Buffer>();
  readonly #manifests = new Map<number, RevisionManifest>();
  readonly #unpacked = new Map<number, StoredRevision>();
  readonly #keys = new Map<string, MintedKey>();
  readonly #revocations = new Map<string, Revocation>();
  /** The highest number that any entry of a revision carries, complete or not. */
  #highestRevision = 0;
  #current: RevisionManifest | undefined;

  accept({ key, content }: ControlEntry): void {
    const [kind, number, part] = key.split('.');
    if (kind === 'revision') {
      const revision = Number(number);
      this.#highestRevision = Math.max(this.#highestRevision, revision);
      if (part === 'part') this.#parts.set(key, content);
      else this.#acceptManifest(JSON.parse(content.toString()) as RevisionManifest);
    } else if (kind === 'key') {
      const minted = JSON.parse(content.toString()) as MintedKey;
      this.#keys.set(minted.id, minted);
    } else if (kind === 'revocation') {
      this.#revocations.set(key, JSON.parse(content.toString()) as Revocation);
    }
  }

  #acceptManifest(manifest: RevisionManifest): void {
    this.#manifests.set(manifest.revision, manifest);
    if (this.#current === undefined || manifest.revision >= this.#current.revision) this.#current = manifest;
  }

  /** The number for the next revision. */
  get nextRevision(): number {
    return this.#highestRevision + 1;
  }

  /** The number of the revision in force; 0 before the first. */
  get currentRevision(): number {
    return this.#current?.revision ?? 0;
  }

  get current(): StoredRevision | undefined {
    return this.revision(this.currentRevision);
  }

  /** Newest first. */
  get history(): readonly RevisionManifest[] {
    return [...this.#manifests.values()].toSorted((a, b) => b.revision - a.revision);
  }

  revision(revision: number): StoredRevision | undefined {
    const known = this.#unpacked.get(revision);
    if (known !== undefined) return known;
    const manifest = this.#manifests.get(revision);
    if (manifest === undefined) return undefined;
    const parts = Array.from({ length: manifest.parts }, (_, i) => this.#parts.get(`revision.${revision}.part.${i}`));
    if (parts.some((part) => part === undefined)) return undefined;
    const content = JSON.parse(inflateRawSync(Buffer.concat(parts as Buffer[])).toString()) as RevisionContent;
    const stored = { manifest, content };
    this.#unpacked.set(revision, stored);
    if (this.#unpacked.size > unpackedCapacity) this.#unpacked.delete(this.#unpacked.keys().next().value!);
    return stored;
  }

  get keys(): readonly MintedKey[] {
    return [...this.#keys.values()].toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  }

  key(id: string): MintedKey | undefined {
    return this.#keys.get(id);
  }

  get revocations(): readonly Revocation[] {
    return [...this.#revocations.values()];
  }

  revocation(kind: Revocation['kind'], value: string): Revocation | undefined {
    return this.revocations.find((revocation) => revocation.kind === kind && revocation.value === value);
  }
}

/** The consumer in the policy file that has a key with this id. */
export function policyKeyConsumer(document: PolicyDocument, keyId: string): string | undefined {
  const found = Object.entries(document.consumers).find(([, { keys }]) => keys.some(({ id }) => id === keyId));
  return found?.[0];
}
