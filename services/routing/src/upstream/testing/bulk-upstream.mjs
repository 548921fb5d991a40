// An upstream for large bodies, in a process of its own so that its memory is not counted: `PUT /` is answered with the size
// and SHA-256 of what came; `GET /<bytes>` brings so many bytes, and their SHA-256 in the trailer `x-sha256`.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const block = randomBytes(256 * 1024);

const server = createServer((request, response) => {
  if (request.method === 'PUT') take(request, response);
  else bring(Number(request.url.slice(1)), response);
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit());

function take(request, response) {
  const sum = createHash('sha256');
  let bytes = 0;
  request.on('data', (chunk) => {
    sum.update(chunk);
    bytes += chunk.length;
  });
  request.on('end', () => response.end(JSON.stringify({ bytes, sha256: sum.digest('hex') })));
}

function bring(bytes, response) {
  response.writeHead(200, { trailer: 'x-sha256' });
  const sum = createHash('sha256');
  let n = 0;
  let left = bytes;
  const pump = () => {
    while (left > 0) {
      const chunk = Buffer.from(block.subarray(0, Math.min(left, block.length)));
      chunk.writeUInt32LE(n++);
      sum.update(chunk);
      left -= chunk.length;
      if (!response.write(chunk)) return;
    }
    response.addTrailers({ 'x-sha256': sum.digest('hex') });
    response.end();
  };
  response.on('drain', pump);
  pump();
}
