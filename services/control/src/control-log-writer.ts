import { controlSubjectPrefix, controlSubjects, type RevisionManifest, signEntry, verifyEntry } from '@sallyport/policy';
import { jetstream, type JetStreamClient, jetstreamManager, type JetStreamManager, JetStreamApiError } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

const stream = 'KV_control';
/** Well under the broker's limit of 1 MiB a message. */
const partBytes = 512 * 1024;
const wrongLastSequence = 10_071;
const attempts = 20;

/** Thrown when other instances of control kept writing at the same time. */
export class ControlLogBusyError extends Error {
  readonly code = 'CONTROL_LOG_BUSY';
}

/** Thrown before anything is written, when the broker is known to be away. */
export class ControlLogUnreachableError extends Error {
  readonly code = 'CONTROL_LOG_UNREACHABLE';
}

/** Thrown when another instance of control has used this number, or has put a higher one in force. */
export class RevisionTakenError extends Error {
  readonly code = 'REVISION_TAKEN';
}

/** Says whether an entry may still be written when the log ends at `lastSequence`; may throw to give up. */
type Guard = (lastSequence: number) => Promise<boolean>;

/** One signed entry at a time, each at the sequence number it was signed for; several instances of control may write. */
export class ControlLogWriter {
  readonly #connection: NatsConnection;
  readonly #js: JetStreamClient;
  readonly #key: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #brokerUp: () => boolean;
  #manager: Promise<JetStreamManager> | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(connection: NatsConnection, key: KeyObject, brokerUp: () => boolean) {
    this.#connection = connection;
    this.#js = jetstream(connection);
    this.#key = key;
    this.#publicKey = createPublicKey(key);
    this.#brokerUp = brokerUp;
  }

  /** Throws `ControlLogUnreachableError` when the broker is known to be away. */
  assertReachable(): void {
    if (!this.#brokerUp()) throw new ControlLogUnreachableError('NATS cannot be reached; nothing was changed');
  }

  /**
   * Makes the bucket if there is none. Nothing in it can be deleted, purged or rolled up by a message; a subject keeps its
   * newest entry only.
   */
  async ensureBucket(replicas: number): Promise<void> {
    const manager = await this.#getManager();
    await manager.streams.add({
      name: stream,
      subjects: [`${controlSubjectPrefix}>`],
      max_msgs_per_subject: 1,
      allow_direct: true,
      allow_rollup_hdrs: false,
      deny_delete: true,
      deny_purge: true,
      num_replicas: replicas,
    });
  }

  /** Appends one entry; resolves with its sequence number when JetStream has it. Appends run one after another. */
  append(subject: string, content: unknown): Promise<number> {
    return this.#inOrder(() => this.#appendBytes(subject, Buffer.from(JSON.stringify(content))));
  }

  /**
   * Appends a revision: its parts, and then the manifest that makes it one. `guard` is asked right before the manifest is
   * written. Throws `RevisionTakenError` for a number that the log has already.
   */
  appendRevision(manifest: Omit<RevisionManifest, 'sha256' | 'parts'>, content: unknown, guard: Guard): Promise<number> {
    return this.#inOrder(async () => {
      const packed = deflateRawSync(JSON.stringify(content));
      const parts = Math.max(1, Math.ceil(packed.length / partBytes));
      for (let i = 0; i < parts; i++) {
        const part = packed.subarray(i * partBytes, (i + 1) * partBytes);
        const subject = controlSubjects.revisionPart(manifest.revision, i);
        await this.#appendBytes(subject, part, this.#unused(subject));
      }
      const whole: RevisionManifest = { ...manifest, parts, sha256: createHash('sha256').update(packed).digest('hex') };
      return this.#appendBytes(controlSubjects.revision(manifest.revision), Buffer.from(JSON.stringify(whole)), guard);
    });
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work, work);
    this.#queue = result.catch(() => {});
    return result;
  }

  async #appendBytes(subject: string, content: Buffer, guard?: Guard): Promise<number> {
    this.assertReachable();
    const manager = await this.#getManager();
    for (let i = 0; i < attempts; i++) {
      const last = (await manager.streams.info(stream)).state.last_seq;
      if (guard !== undefined && !(await guard(last))) continue;
      try {
        // The expected sequence makes this a compare-and-set: what the guard saw is still all there is.
        const ack = await this.#js.publish(subject, signEntry(this.#key, subject, last + 1, content), { expect: { lastSequence: last } });
        return ack.seq;
      } catch (error) {
        if (!(error instanceof JetStreamApiError) || error.code !== wrongLastSequence) throw error;
      }
    }
    throw new ControlLogBusyError('other instances of control keep writing to the control log; try again');
  }

  #unused(subject: string): Guard {
    return async () => {
      const manager = await this.#getManager();
      const known = await manager.streams.getMessage(stream, { last_by_subj: subject });
      // What control has not signed is nobody's: it must not keep a number from being used.
      const isGenuine = known !== null && verifyEntry(this.#publicKey, subject, known.seq, Buffer.from(known.data)) !== undefined;
      if (isGenuine) throw new RevisionTakenError(`${subject} is in the log already`);
      return true;
    };
  }

  #getManager(): Promise<JetStreamManager> {
    this.#manager ??= jetstreamManager(this.#connection).catch((error: unknown) => {
      this.#manager = undefined;
      throw error;
    });
    return this.#manager;
  }
}
