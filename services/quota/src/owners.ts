/** Who owns which partition, as published on `quota.owners`. A hint for addressing; the owner itself knows by its lease. */
export interface Owners {
  /** Grows with every change and every renewal. */
  readonly revision: number;
  /** By partition; null while nobody owns it. */
  readonly partitions: readonly (PartitionOwner | null)[];
}

export interface PartitionOwner {
  readonly instance: string;
  /** One more with every change of owner. */
  readonly epoch: number;
}

/** Subject the map is published on: at every change of an owner, and at least every half second. */
export const OWNERS_SUBJECT = 'quota.owners';

/** A map older than this may be replaced by one of a lower revision: the bucket was made anew. */
const STALE_MS = 3000;

export function encodeOwners(owners: Owners): Uint8Array {
  const instances = [...new Set(owners.partitions.flatMap((owner) => (owner === null ? [] : [owner.instance])))];
  const at = new Map(instances.map((instance, index) => [instance, index]));
  const flat = owners.partitions.flatMap((owner) => (owner === null ? [-1, 0] : [at.get(owner.instance)!, owner.epoch]));
  return new TextEncoder().encode(JSON.stringify({ revision: owners.revision, instances, partitions: flat }));
}

/** Undefined where the bytes are no such map of `partitions` partitions. */
export function decodeOwners(bytes: Uint8Array, partitions: number): Owners | undefined {
  let read: unknown;
  try {
    read = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const { revision, instances, partitions: flat } = read as Record<string, unknown>;
  if (!isCount(revision) || !Array.isArray(instances) || !Array.isArray(flat) || flat.length !== 2 * partitions) return undefined;
  if (!instances.every(isInstance)) return undefined;

  const decoded: (PartitionOwner | null)[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const [index, epoch] = [flat[i] as unknown, flat[i + 1] as unknown];
    if (index === -1) {
      decoded.push(null);
      continue;
    }
    const instance = isCount(index) ? instances[index] : undefined;
    if (instance === undefined || !isCount(epoch)) return undefined;
    decoded.push({ instance, epoch });
  }
  return { revision, partitions: decoded };
}

/** The newest map seen, for whoever has to address owners. */
export class OwnersView {
  #owners: Owners | undefined;
  #seenAtMs = 0;

  /** Takes a published map in unless it is older than the one known; `nowMs` is any monotonic clock. */
  accept(owners: Owners, nowMs: number): boolean {
    const known = this.#owners;
    if (known !== undefined && owners.revision < known.revision && nowMs - this.#seenAtMs < STALE_MS) return false;
    this.#owners = owners;
    this.#seenAtMs = nowMs;
    return true;
  }

  /** Undefined while nobody is known to own the partition. */
  ownerOf(partition: number): PartitionOwner | undefined {
    return this.#owners?.partitions[partition] ?? undefined;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Instances become a token of a NATS subject. */
function isInstance(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value);
}
