import { jetstream, JetStreamApiError } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { decodeTable, emptyTable, encodeTable, type LeaseTable } from './lease-table.js';

export interface LeaseStoreOptions {
  readonly replicas: number;
  /** How long a read or a write may take before its outcome counts as unknown. */
  readonly timeoutMs: number;
}

const BUILD_TIMEOUT_MS = 10_000;
const BUCKET = 'quota_leases';
const KEY = 'table';
const WRONG_LAST_SEQUENCE = new Set([10071, 10164]);

/** The lease table in NATS KV. Reads are answered by the bucket's leader. */
export class LeaseStore {
  readonly #kv: KV;

  private constructor(kv: KV) {
    this.#kv = kv;
  }

  static async open(connection: NatsConnection, options: LeaseStoreOptions): Promise<LeaseStore> {
    // Replicas elect a leader first.
    await new Kvm(jetstream(connection, { timeout: BUILD_TIMEOUT_MS })).create(BUCKET, {
      history: 1, storage: 'file', replicas: options.replicas, max_bytes: 1024 * 1024, allow_direct: false,
    });
    return new LeaseStore(await new Kvm(jetstream(connection, { timeout: options.timeoutMs })).open(BUCKET));
  }

  /** Revision 0 is a table that was never written. Throws where it cannot be read or understood. */
  async read(): Promise<{ readonly table: LeaseTable; readonly revision: number }> {
    const entry = await this.#kv.get(KEY);
    if (entry === null || entry.operation !== 'PUT') return { table: emptyTable, revision: 0 };
    return { table: decodeTable(entry.value), revision: entry.revision };
  }

  /** Writes if the table is still the one of `revision`: its new revision, or undefined if it was not. Throws if unknown. */
  async compareAndSet(table: LeaseTable, revision: number): Promise<number | undefined> {
    try {
      const bytes = encodeTable(table);
      return await (revision === 0 ? this.#kv.create(KEY, bytes) : this.#kv.update(KEY, bytes, revision));
    } catch (cause) {
      if (cause instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.has(cause.code)) return undefined;
      throw cause;
    }
  }
}
