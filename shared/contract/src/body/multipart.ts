import { parseParameters } from '../media-type.js';
import { Malformed } from '../parameters/percent-decoding.js';

/** One part of a form. */
export interface FormPart {
  readonly name: string;
  readonly isFile: boolean;
  /** `text/plain` unless the part says otherwise (RFC 7578 §4.4). */
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

const maxParts = 1000;
const maxHeadBytes = 4096;
const blankLine = Buffer.from('\r\n\r\n');

/**
 * Parses `multipart/form-data` strictly (RFC 7578, RFC 2046 §5.1.1): no preamble, no epilogue, no transfer encodings, no
 * `filename*`, and every part has one name. What lenient parsers read differently is refused.
 */
export function parseMultipart(bytes: Uint8Array, boundary: string | undefined): readonly FormPart[] | Malformed {
  if (boundary === undefined || !/^[A-Za-z0-9'()+_,./:=? -]{0,69}[A-Za-z0-9'()+_,./:=?-]$/.test(boundary)) {
    return new Malformed('needs a boundary of 1 to 70 characters in its Content-Type');
  }
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const parts: FormPart[] = [];
  if (!body.subarray(0, delimiter.length - 2).equals(delimiter.subarray(2))) return new Malformed('does not begin with its boundary');
  let at = delimiter.length - 2;
  for (;;) {
    const mark = body.toString('latin1', at, at + 2);
    if (mark === '--') {
      const rest = body.toString('latin1', at + 2, at + 5);
      return rest === '' || rest === '\r\n' ? parts : new Malformed('goes on after its last boundary');
    }
    if (mark !== '\r\n') return new Malformed('has a boundary that is not followed by a line break');
    if (parts.length === maxParts) return new Malformed(`has more than ${maxParts} parts`);
    const end = body.indexOf(delimiter, at);
    if (end < 0) return new Malformed('does not end with its boundary');
    const part = parsePart(body.subarray(at, end));
    if (part instanceof Malformed) return part;
    parts.push(part);
    at = end + delimiter.length;
  }
}

/** `bytes` begin with the line break that ends the boundary, so that an empty head still ends in a blank line. */
function parsePart(bytes: Buffer): FormPart | Malformed {
  const headEnd = bytes.subarray(0, maxHeadBytes).indexOf(blankLine);
  if (headEnd < 0) return new Malformed('has a part without an end of its header, or with too long a header');
  const fields = new Map<string, string>();
  for (const line of headEnd === 0 ? [] : bytes.toString('utf8', 2, headEnd).split('\r\n')) {
    const match = /^([A-Za-z0-9-]+):[ \t]*([^\r\n\0]*)$/.exec(line);
    const name = match?.[1]?.toLowerCase();
    if (name === undefined || fields.has(name)) return new Malformed('has a part whose header is malformed');
    fields.set(name, match?.[2]?.trimEnd() ?? '');
  }
  if (fields.has('content-transfer-encoding')) return new Malformed('has a part with a transfer encoding');
  const disposition = fields.get('content-disposition');
  const parameters = /^form-data(?=[ \t]*;)/i.test(disposition ?? '') ? parseParameters(disposition?.slice(9) ?? '') : undefined;
  const name = parameters?.get('name');
  if (parameters === undefined || name === undefined || parameters.has('filename*')) {
    return new Malformed('has a part without a well-formed Content-Disposition');
  }
  return {
    name,
    isFile: parameters.has('filename'),
    contentType: fields.get('content-type') ?? 'text/plain',
    bytes: bytes.subarray(headEnd + blankLine.length),
  };
}
