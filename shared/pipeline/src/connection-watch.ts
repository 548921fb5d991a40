import type { NatsConnection } from '@nats-io/transport-node';

/** Follows whether a connection is up; `onUp` is called after every reconnect. */
export class ConnectionWatch {
  up = true;

  constructor(connection: NatsConnection, onUp?: () => void) {
    void (async () => {
      for await (const status of connection.status()) {
        if (status.type === 'disconnect' || status.type === 'staleConnection') this.up = false;
        else if (status.type === 'reconnect') {
          this.up = true;
          onUp?.();
        } else if (status.type === 'close') this.up = false;
      }
      this.up = false;
    })();
  }
}
