import { type ByteReader, type ByteWriter, EnvelopeError } from './bytes.js';
import { beginSection, endSection, type Sections } from './sections.js';

/** Which request, at which ingress: what an answer needs in order to find its way back. */
export interface RequestAddress {
  /** Instance id of the ingress; the last token of the subjects it listens on. */
  readonly ingress: string;
  /** Place in the ingress's table of requests in flight; used again, hence the generation. */
  readonly slot: number;
  readonly generation: number;
  /** UUID version 7 (RFC 9562), as text. */
  readonly requestId: string;
}

/** What the ingress states about a request. Written once; nobody changes it but auth, which may cut a credential out. */
export interface RequestSection extends RequestAddress {
  readonly revision: number;
  /** Wall clock of the ingress, milliseconds since 1970. */
  readonly receivedAtMs: number;
  readonly deadlineMs: number;
  readonly routeIndex: number;
  readonly tls: boolean;
  /** The peer is a proxy that the policy trusts, so what it says of the client stays. */
  readonly viaTrustedProxy: boolean;
  /** Bytes of the body, -1 for a chunked one of unknown length. */
  readonly bodyBytes: number;
  /** The W3C `traceparent` that the next span hangs under. */
  readonly traceparent: string;
  readonly clientIp: string;
  readonly method: string;
  /** Lower case, with port as the client sent it. */
  readonly host: string;
  /** Normalized path; what is judged is what is forwarded. */
  readonly path: string;
  /** Without the question mark; empty if there is none. */
  readonly query: string;
  /** Name, value, name, value …; names in lower case, credentials left out. */
  readonly headers: readonly string[];
}

/** Bodies up to this size ride in the envelope; larger ones stay where they are and are pulled. */
export const inlineBytes = 16 * 1024;

const formatVersion = 1;
const tlsFlag = 1;
const proxyFlag = 2;
const separator = '\n';

export function writeAddress(writer: ByteWriter, address: RequestAddress): void {
  const start = beginSection(writer, 'address');
  writeAddressFields(writer, address);
  endSection(writer, start);
}

function writeAddressFields(writer: ByteWriter, address: RequestAddress): void {
  writer.u32(address.slot);
  writer.u32(address.generation);
  writer.text(address.ingress);
  writer.text(address.requestId);
}

function readAddressFields(reader: ByteReader): RequestAddress {
  const slot = reader.u32();
  const generation = reader.u32();
  return { slot, generation, ingress: reader.text(), requestId: reader.text() };
}

export function readAddress(sections: Sections): RequestAddress {
  return readAddressFields(sections.reader('address'));
}

export function writeRequest(writer: ByteWriter, request: RequestSection): void {
  const start = beginSection(writer, 'request');
  writer.u8(formatVersion);
  writer.u8((request.tls ? tlsFlag : 0) | (request.viaTrustedProxy ? proxyFlag : 0));
  writer.u16(request.routeIndex);
  writer.u32(request.revision);
  writer.f64(request.receivedAtMs);
  writer.f64(request.deadlineMs);
  writer.f64(request.bodyBytes);
  writeAddressFields(writer, request);
  writer.text(request.clientIp);
  writer.text(request.method);
  writer.text(request.host);
  writer.text(request.path);
  writer.text(request.query);
  writer.text(request.traceparent);
  writer.text(request.headers.join(separator));
  endSection(writer, start);
}

/** Puts a whole, short body into the envelope. */
export function writeInlineBody(writer: ByteWriter, body: Uint8Array): void {
  const start = beginSection(writer, 'body');
  writer.bytes(body);
  endSection(writer, start);
}

/** What every stage needs is decoded at once; the header fields only when somebody asks. */
export class RequestView implements RequestSection {
  readonly sections: Sections;
  readonly tls: boolean;
  readonly viaTrustedProxy: boolean;
  readonly routeIndex: number;
  readonly revision: number;
  readonly receivedAtMs: number;
  readonly deadlineMs: number;
  readonly bodyBytes: number;
  readonly slot: number;
  readonly generation: number;
  readonly ingress: string;
  readonly requestId: string;
  readonly clientIp: string;
  readonly #reader: ByteReader;
  #text: readonly [string, string, string, string, string] | undefined;
  #headers: readonly string[] | undefined;

  /** Throws `EnvelopeError` for another format version or a section that is cut off. */
  constructor(sections: Sections) {
    this.sections = sections;
    const reader = sections.reader('request');
    if (reader.u8() !== formatVersion) throw new EnvelopeError('the envelope has another format version');
    const flags = reader.u8();
    this.tls = (flags & tlsFlag) !== 0;
    this.viaTrustedProxy = (flags & proxyFlag) !== 0;
    this.routeIndex = reader.u16();
    this.revision = reader.u32();
    this.receivedAtMs = reader.f64();
    this.deadlineMs = reader.f64();
    this.bodyBytes = reader.f64();
    const address = readAddressFields(reader);
    this.slot = address.slot;
    this.generation = address.generation;
    this.ingress = address.ingress;
    this.requestId = address.requestId;
    this.clientIp = reader.text();
    this.#reader = reader;
  }

  #line(): readonly [string, string, string, string, string] {
    const reader = this.#reader;
    this.#text ??= [reader.text(), reader.text(), reader.text(), reader.text(), reader.text()];
    return this.#text;
  }

  get method(): string {
    return this.#line()[0];
  }
  get host(): string {
    return this.#line()[1];
  }
  get path(): string {
    return this.#line()[2];
  }
  get query(): string {
    return this.#line()[3];
  }
  get traceparent(): string {
    return this.#line()[4];
  }

  get headers(): readonly string[] {
    if (this.#headers === undefined) {
      this.#line();
      const text = this.#reader.text();
      this.#headers = text === '' ? [] : text.split(separator);
    }
    return this.#headers;
  }

  /** The first value of a header field, by its lower-case name. */
  header(name: string): string | undefined {
    const headers = this.headers;
    for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return headers[i + 1];
    return undefined;
  }

  /** The body, if it rides in the envelope. */
  inlineBody(): Buffer | undefined {
    return this.sections.has('body') ? this.sections.reader('body').rest() : undefined;
  }
}
