import type { IncomingMessage, ServerResponse } from 'node:http';

const block = Buffer.alloc(64 * 1024, 7);
const pieceMs = 100;

/**
 * Answers a request as its path asks for; true when this was the moment to. `/slow` never answers, `/reset` breaks off, `/early`
 * answers before the body has come, `/bytes/N` sends N bytes of 7, `/pieces/N` N pieces of ten bytes with pauses, `/broken` breaks
 * off in the middle of its answer, `/status/N` answers with that status and no body, and all else what it saw as JSON.
 */
export function sendAnswer(url: string, when: 'head' | 'end', request: IncomingMessage, response: ServerResponse, seen?: unknown): boolean {
  const [, kind, count] = url.split('?')[0]!.split('/');
  if ((kind === 'early') !== (when === 'head')) return false;
  response.setHeader('server', 'secret/1.0');
  response.setHeader('x-powered-by', 'secret');
  switch (kind) {
    case 'slow':
      return true;
    case 'reset':
      request.socket.destroy();
      return true;
    case 'early':
      response.writeHead(422).end('no need to read on');
      return true;
    case 'bytes':
      sendBytes(response, Number(count));
      return true;
    case 'pieces':
      sendPieces(response, Number(count));
      return true;
    case 'broken':
      response.writeHead(200, { 'content-length': 100_000 }).write(block.subarray(0, 50_000), () => request.socket.destroy());
      return true;
    case 'status':
      response.writeHead(Number(count), { etag: '"x"' }).end();
      return true;
    default:
      response.writeHead(200, {
        'content-type': 'application/json',
        'x-request-id': 'of the upstream',
        'set-cookie': ['a=1', 'b=2'],
        connection: 'x-inner',
        'x-inner': 'for the next hop alone',
        'keep-alive': 'timeout=7',
        via: '1.1 inner',
        'x-kept': 'yes',
      });
      response.end(JSON.stringify(seen));
      return true;
  }
}

function sendBytes(response: ServerResponse, count: number): void {
  let left = count;
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': count });
  const go = (): void => {
    while (left > 0) {
      const chunk = left >= block.length ? block : block.subarray(0, left);
      left -= chunk.length;
      if (!response.write(chunk)) return void response.once('drain', go);
    }
    response.end();
  };
  go();
}

function sendPieces(response: ServerResponse, count: number): void {
  let sent = 0;
  response.writeHead(200, { 'content-type': 'text/plain' });
  const next = (): void => {
    if (response.destroyed) return;
    response.write(String(sent++).padEnd(10, '.'));
    if (sent === count) response.end();
    else setTimeout(next, pieceMs);
  };
  next();
}
