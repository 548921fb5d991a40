import type { BodyPull, BodyPuller, HopRequest } from '@sallyport/pipeline';
import { BodySource, LastChunkHold } from './upstream/index.js';

export interface PulledBodyOptions {
  readonly puller: BodyPuller;
  readonly request: HopRequest;
  /** Of the body that validation inspected; empty when it inspected none. */
  readonly sha256: Uint8Array;
  /** The body is not the one that was inspected, so it was broken off before its end. */
  readonly onMismatch: () => void;
}

/** The body of a request as it comes from the ingress, on its way to the upstream; its end waits for its digest. */
export function pullBody(options: PulledBodyOptions): BodySource {
  const { puller, request, sha256, onMismatch } = options;
  const hold = sha256.length > 0 ? new LastChunkHold() : undefined;
  let owedBytes = 0;
  let blocked = false;
  const giveCredit = () => {
    if (blocked || owedBytes === 0) return;
    pull.credit(owedBytes);
    owedBytes = 0;
  };
  const source = new BodySource(request.bodyBytes, {
    onDrain: () => {
      blocked = false;
      giveCredit();
    },
    onClose: () => pull.stop(),
  });
  const finish = () => {
    const held = hold?.finish(sha256);
    if (held === undefined) source.end();
    else if (held.agrees) {
      if (held.last !== undefined) source.write(held.last);
      source.end();
    } else {
      source.abort();
      onMismatch();
    }
  };
  const pull: BodyPull = puller.pull(request, {
    onChunk: (bytes, ending) => {
      if (ending === 'abort') {
        source.abort();
        return;
      }
      owedBytes += bytes.length;
      const released = hold === undefined ? bytes : hold.push(bytes);
      if (released !== undefined) blocked = !source.write(released);
      if (ending === 'last') finish();
      else giveCredit();
    },
  });
  return source;
}
