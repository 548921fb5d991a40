import { ByteReader, type ByteWriter, EnvelopeError } from './bytes.js';
import { beginSection, endSection, type Sections } from './sections.js';

/** Which request, at which ingress: what an answer needs in order to find its way back. */
export interface RequestAddress {
  /** Place in the ingress's table of requests in flight; used again, hence the generation. */
  readonly slot: number;
  readonly generation: number;
  /** UUID version 7 (RFC 9562), as text. */
  readonly requestId: string;
}

/** What the ingress states about a request. Written once; nobody changes it, but for the deadline of one whose body is still coming. */
export interface RequestSection extends RequestAddress {
  /** Instance id of the ingress; the last token of the subjects it listens on. */
  readonly ingress: string;
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

const formatVersion = 2;
const tlsFlag = 1;
const proxyFlag = 2;
/** In no field: the listener refuses line feeds, and the path is normalized. */
const separator = '\n';
const lineFields = 6;

const idBytes = 36;
/** Slot, generation and request id, in this order. */
const addressBytes = 8 + idBytes;
/** Where each field of fixed size lies in the section; the texts follow the address. */
const at = { version: 0, flags: 1, routeIndex: 2, revision: 4, receivedAtMs: 8, deadlineMs: 16, bodyBytes: 24, address: 32 };
const fixedBytes = at.address + addressBytes;

/** The fields of a text section up to the headers, decoded together. */
interface RequestLine {
  readonly ingress: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly traceparent: string;
}

function writeAddressFields(writer: ByteWriter, { slot, generation, requestId }: RequestAddress): void {
  writer.u32(slot);
  writer.u32(generation);
  writer.ascii(requestId, idBytes);
}

export function readAddress(sections: Sections): RequestAddress {
  const reader = sections.reader('address');
  return { slot: reader.u32(), generation: reader.u32(), requestId: reader.ascii(idBytes) };
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
  // One text for all: a call into the engine costs more than the bytes it moves.
  writer.text(
    `${request.ingress}\n${request.method}\n${request.host}\n${request.path}\n${request.query}\n${request.traceparent}`,
  );
  writer.text(request.headers.join(separator));
  endSection(writer, start);
}

/** Puts a whole, short body into the envelope. */
export function writeInlineBody(writer: ByteWriter, body: Uint8Array): void {
  const start = beginSection(writer, 'body');
  writer.bytes(body);
  endSection(writer, start);
}

/** A request as a stage sees it. Only what it asks for is decoded. */
export class RequestView implements RequestSection {
  readonly sections: Sections;
  readonly #buffer: Buffer;
  readonly #start: number;
  readonly #end: number;
  #clientIp: string | undefined;
  #line: RequestLine | undefined;
  #headers: readonly string[] | undefined;
  #headersAt = 0;

  /** Throws `EnvelopeError` for another format version or a section that is cut off. */
  constructor(sections: Sections) {
    this.sections = sections;
    const reader = sections.reader('request');
    this.#buffer = reader.buffer;
    this.#start = reader.offset;
    this.#end = reader.end;
    if (this.#end - this.#start < fixedBytes) throw new EnvelopeError('the request section is cut off');
    if (this.#buffer[this.#start] !== formatVersion) throw new EnvelopeError('the envelope has another format version');
  }

  get tls(): boolean {
    return (this.#buffer[this.#start + at.flags]! & tlsFlag) !== 0;
  }
  get viaTrustedProxy(): boolean {
    return (this.#buffer[this.#start + at.flags]! & proxyFlag) !== 0;
  }
  get routeIndex(): number {
    return this.#buffer.readUInt16LE(this.#start + at.routeIndex);
  }
  get revision(): number {
    return this.#buffer.readUInt32LE(this.#start + at.revision);
  }
  get receivedAtMs(): number {
    return this.#buffer.readDoubleLE(this.#start + at.receivedAtMs);
  }
  get deadlineMs(): number {
    return this.#buffer.readDoubleLE(this.#start + at.deadlineMs);
  }
  /** Holds for this view, and for whoever the request is handed on to. */
  set deadlineMs(deadlineMs: number) {
    this.#buffer.writeDoubleLE(deadlineMs, this.#start + at.deadlineMs);
  }
  get bodyBytes(): number {
    return this.#buffer.readDoubleLE(this.#start + at.bodyBytes);
  }
  get slot(): number {
    return this.#buffer.readUInt32LE(this.#start + at.address);
  }
  get generation(): number {
    return this.#buffer.readUInt32LE(this.#start + at.address + 4);
  }
  get requestId(): string {
    const start = this.#start + at.address + 8;
    return this.#buffer.latin1Slice(start, start + idBytes);
  }

  get clientIp(): string {
    this.#clientIp ??= this.#texts().text();
    return this.#clientIp;
  }
  get ingress(): string {
    return this.#decodeLine().ingress;
  }
  get method(): string {
    return this.#decodeLine().method;
  }
  get host(): string {
    return this.#decodeLine().host;
  }
  get path(): string {
    return this.#decodeLine().path;
  }
  get query(): string {
    return this.#decodeLine().query;
  }
  get traceparent(): string {
    return this.#decodeLine().traceparent;
  }

  get headers(): readonly string[] {
    if (this.#headers === undefined) {
      this.#decodeLine();
      const text = new ByteReader(this.#buffer, this.#headersAt, this.#end).text();
      this.#headers = text === '' ? [] : text.split(separator);
    }
    return this.#headers;
  }

  #texts(): ByteReader {
    return new ByteReader(this.#buffer, this.#start + fixedBytes, this.#end);
  }

  #decodeLine(): RequestLine {
    if (this.#line !== undefined) return this.#line;
    const reader = this.#texts();
    reader.skipText();
    const fields = reader.text().split(separator);
    if (fields.length !== lineFields) throw new EnvelopeError('the request line does not have the fields it must have');
    this.#line = {
      ingress: fields[0]!,
      method: fields[1]!,
      host: fields[2]!,
      path: fields[3]!,
      query: fields[4]!,
      traceparent: fields[5]!,
    };
    this.#headersAt = reader.offset;
    return this.#line;
  }

  /** Puts the address in front of an answer, as it stands in the request. */
  writeAddress(writer: ByteWriter): void {
    const start = beginSection(writer, 'address');
    const from = this.#start + at.address;
    writer.copy(this.#buffer, from, from + addressBytes);
    endSection(writer, start);
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
