import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** An upstream that misbehaves as told: `serve` has the bare socket. */
export interface SocketServer {
  readonly url: string;
  readonly port: number;
  readonly sockets: Set<Socket>;
  /** Connections taken so far. */
  readonly accepted: number;
  close(): Promise<void>;
}

export async function serveSockets(serve: (socket: Socket) => void, port = 0): Promise<SocketServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server: Server = createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    sockets,
    get accepted() {
      return accepted;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Answers every request head it sees on a connection, the n-th (from 0) as told. Requests must be without bodies. */
export function answerEach(answer: (socket: Socket, head: string, n: number) => void): (socket: Socket) => void {
  let n = 0;
  return (socket) => {
    let seen = '';
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1');
      for (let end = seen.indexOf('\r\n\r\n'); end !== -1; end = seen.indexOf('\r\n\r\n')) {
        const head = seen.slice(0, end);
        seen = seen.slice(end + 4);
        answer(socket, head, n++);
      }
    });
  };
}

export const okAnswer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
