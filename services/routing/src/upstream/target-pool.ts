import { TargetHealth } from './target-health.js';
import { type Connect, createConnect, openConnection, type UpstreamConnection } from './upstream-connection.js';
import type { UpstreamOptions } from './upstream-types.js';

/** Someone who waits for a connection. Is called once per successful `submit`, unless withdrawn before. */
export interface ConnectionUser {
  begin(connection: UpstreamConnection): void;
}

/**
 * The connections to one target, one request on each at a time. The last one used is used next, so that surplus ones grow
 * idle and close. Shared by all policy revisions that name the target.
 */
export class TargetPool {
  readonly origin: string;
  readonly health = new TargetHealth();
  readonly #options: UpstreamOptions;
  readonly #connect: Connect;
  readonly #idle: UpstreamConnection[] = [];
  readonly #waiting = new Set<ConnectionUser>();
  #opened = 0;
  #references = 0;
  readonly #leaving: (() => void)[] = [];
  readonly #onUnused: (pool: TargetPool) => void;

  /** `onUnused`: nothing refers to it any more; it must not be retained again. */
  constructor(origin: string, options: UpstreamOptions, onUnused: (pool: TargetPool) => void) {
    this.origin = origin;
    this.#onUnused = onUnused;
    this.#options = options;
    this.#connect = createConnect(options);
  }

  /** Requests that hold a connection. */
  get active(): number {
    return this.#opened - this.#idle.length;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  retain(): void {
    this.#references++;
    this.#settle();
  }

  /** Resolves when somebody else refers to it, or else when its last request has ended and its connections are closed. */
  unretain(): Promise<void> {
    this.#references--;
    return new Promise((resolve) => {
      this.#leaving.push(resolve);
      this.#settle();
    });
  }

  /** Gives the user a connection, at once or when one is free; false when too many wait already. */
  submit(user: ConnectionUser): boolean {
    const connection = this.#idle.pop() ?? this.#open();
    if (connection !== undefined) user.begin(connection);
    else if (this.#waiting.size < this.#options.waiting) this.#waiting.add(user);
    else return false;
    return true;
  }

  withdraw(user: ConnectionUser): void {
    this.#waiting.delete(user);
  }

  /** Takes a connection back. To be called when undici has done with its request, be it broken or not. */
  release(connection: UpstreamConnection): void {
    this.#idle.push(connection);
    // Not at once: undici may be in the middle of its parser.
    if (this.#waiting.size > 0) queueMicrotask(() => this.#serveWaiting());
    if (this.#references === 0) this.#settle();
  }

  /** Takes a connection back that must not be used again. */
  discard(connection: UpstreamConnection): void {
    this.#opened--;
    queueMicrotask(() => void connection.client.destroy());
    if (this.#waiting.size > 0) queueMicrotask(() => this.#serveWaiting());
    if (this.#references === 0) this.#settle();
  }

  #settle(): void {
    const used = this.active > 0 || this.#waiting.size > 0;
    if (this.#references === 0 && used) return;
    const leaving = this.#leaving.splice(0);
    if (this.#references === 0) void this.#close().then(() => leaving.forEach((leave) => leave()));
    else leaving.forEach((leave) => leave());
  }

  async #close(): Promise<void> {
    this.#onUnused(this);
    const connections = this.#idle.splice(0);
    this.#opened -= connections.length;
    await Promise.all(connections.map((connection) => connection.client.destroy()));
  }

  #serveWaiting(): void {
    for (const user of this.#waiting) {
      const connection = this.#idle.pop() ?? this.#open();
      if (connection === undefined) return;
      this.#waiting.delete(user);
      user.begin(connection);
    }
  }

  #open(): UpstreamConnection | undefined {
    if (this.#opened >= this.#options.connections) return undefined;
    this.#opened++;
    return openConnection(this.origin, this.#connect, this.health, this.#options);
  }
}
