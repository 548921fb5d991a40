import { connect, type NatsConnection } from '@nats-io/transport-node';

const headerBytes = 4;

/** Sends frames to one subject: those of the same tick share a message. */
export class BatchedLink {
  #frames: Uint8Array[] = [];
  #bytes = 0;
  readonly #connection: NatsConnection;
  readonly #subject: string;

  constructor(connection: NatsConnection, subject: string) {
    this.#connection = connection;
    this.#subject = subject;
  }

  send(frame: Uint8Array): void {
    if (this.#frames.length === 0) setImmediate(() => this.#flush());
    this.#frames.push(frame);
    this.#bytes += headerBytes + frame.length;
  }

  #flush(): void {
    const message = Buffer.allocUnsafe(this.#bytes);
    let offset = 0;
    for (const frame of this.#frames) {
      message.writeUInt32LE(frame.length, offset);
      message.set(frame, offset + headerBytes);
      offset += headerBytes + frame.length;
    }
    this.#frames = [];
    this.#bytes = 0;
    this.#connection.publish(this.#subject, message);
  }
}

/** Calls `receive` for each frame that arrives on `subject`; the frame is a view that lasts as long as the message. */
export function receiveFrames(connection: NatsConnection, subject: string, receive: (frame: Buffer) => void): void {
  connection.subscribe(subject, {
    callback: (error, message) => {
      if (error !== null) throw error;
      const data = Buffer.from(message.data.buffer, message.data.byteOffset, message.data.byteLength);
      for (let offset = 0; offset < data.length; ) {
        const end = offset + headerBytes + data.readUInt32LE(offset);
        receive(data.subarray(offset + headerBytes, end));
        offset = end;
      }
    },
  });
}

export function connectTo(url: string): Promise<NatsConnection> {
  return connect({ servers: url, reconnect: false });
}
