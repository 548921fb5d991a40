import { type ByteReader, ByteWriter } from './bytes.js';
import { beginSection, endSection, type SectionName, type Sections } from './sections.js';

/** What every stage says about its own pass, in front of its facts. */
export interface Passage {
  /** Microseconds the stage spent on the request. */
  readonly elapsedUs: number;
  /** The stage failed and the route says `onFailure: open`. */
  readonly failedOpen: boolean;
  /** The reason for which the stage would have denied, were it not in shadow mode; empty otherwise. */
  readonly shadowReason: string;
}

/** Who is calling, as auth found out. Empty strings where there is none. */
export interface AuthFacts {
  readonly consumer: string;
  readonly credentialKind: string;
  readonly credentialId: string;
  /** As in OAuth: separated by spaces. */
  readonly scopes: string;
  /** Seconds since 1970; 0 for a credential that does not expire. */
  readonly tokenExpiresAtS: number;
}

/** What the limits said. */
export interface QuotaFacts {
  /** `ratelimit` and `ratelimit-policy` fields for the answer, flat. */
  readonly headers: readonly string[];
  /** What owners of partitions have taken so far, for the next owner to give back; opaque to others. */
  readonly taken: string;
}

/** What the contract said. */
export interface ValidationFacts {
  /** Path template of the operation in the API's contract; empty without a contract. */
  readonly pathTemplate: string;
  /** SHA-256 of the body that was inspected; empty when none was. */
  readonly bodySha256: Uint8Array;
}

/** What the upstream did. */
export interface RoutingFacts {
  readonly elapsedUs: number;
  readonly upstream: string;
  /** Microseconds from sending the request to the head of the answer. */
  readonly upstreamUs: number;
  /** 0 when there was no answer. */
  readonly upstreamStatus: number;
}

/** A list of texts, its length in front; `readList` is its inverse. */
export function writeList(writer: ByteWriter, list: readonly string[]): void {
  writer.u16(list.length);
  for (const text of list) writer.text(text);
}

export function readList(reader: ByteReader): readonly string[] {
  const count = reader.u16();
  const list: string[] = [];
  for (let i = 0; i < count; i++) list.push(reader.text());
  return list;
}

const separator = '\n';
const expiryBytes = 8;

/** A subject or a scope may be any text that a token states; a line feed in it must not shift what follows. */
function oneLine(text: string): string {
  return text.includes(separator) ? text.replaceAll(separator, ' ') : text;
}

/** Microseconds and flag, in front of the text of a passage. */
const passageFixedBytes = 5;

function begin(writer: ByteWriter, name: SectionName, passage: Passage): number {
  const start = beginSection(writer, name);
  writer.u32(Math.round(passage.elapsedUs));
  writer.u8(passage.failedOpen ? 1 : 0);
  writer.text(passage.shadowReason);
  return start;
}

/** The facts of auth on the wire. One caller's are the same for many requests, so they are encoded once. */
export function encodeAuthFacts(facts: AuthFacts): Uint8Array {
  const writer = new ByteWriter(128);
  writer.f64(facts.tokenExpiresAtS);
  writer.text([facts.consumer, facts.credentialKind, facts.credentialId, facts.scopes].map(oneLine).join(separator));
  return writer.take();
}

export function writeAuth(writer: ByteWriter, passage: Passage, encodedFacts: Uint8Array): void {
  const start = begin(writer, 'auth', passage);
  writer.bytes(encodedFacts);
  endSection(writer, start);
}

export function readAuth(sections: Sections): Passage & AuthFacts {
  const reader = sections.reader('auth');
  const elapsedUs = reader.u32();
  const failedOpen = reader.u8() === 1;
  const shadowReason = reader.text();
  const tokenExpiresAtS = reader.f64();
  const [consumer = '', credentialKind = '', credentialId = '', scopes = ''] = reader.text().split(separator);
  return { elapsedUs, failedOpen, shadowReason, consumer, credentialKind, credentialId, scopes, tokenExpiresAtS };
}

/** Who is calling; of all that auth states, what limits count by. */
export function readCaller(sections: Sections): Pick<AuthFacts, 'consumer' | 'credentialId'> {
  const reader = sections.reader('auth');
  reader.skip(passageFixedBytes);
  reader.skipText();
  reader.skip(expiryBytes);
  const [consumer = '', , credentialId = ''] = reader.text().split(separator);
  return { consumer, credentialId };
}

/** How a stage's pass went, whatever its facts. */
export function readPassage(sections: Sections, name: 'auth' | 'quota' | 'validation'): Passage {
  const reader = sections.reader(name);
  return { elapsedUs: reader.u32(), failedOpen: reader.u8() === 1, shadowReason: reader.text() };
}

export function writeQuota(writer: ByteWriter, passage: Passage, facts: QuotaFacts): void {
  const start = begin(writer, 'quota', passage);
  writeList(writer, facts.headers);
  writer.text(facts.taken);
  endSection(writer, start);
}

export function readQuota(sections: Sections): Passage & QuotaFacts {
  const reader = sections.reader('quota');
  return {
    elapsedUs: reader.u32(),
    failedOpen: reader.u8() === 1,
    shadowReason: reader.text(),
    headers: readList(reader),
    taken: reader.text(),
  };
}

export function writeValidation(writer: ByteWriter, passage: Passage, facts: ValidationFacts): void {
  const start = begin(writer, 'validation', passage);
  writer.text(facts.pathTemplate);
  writer.bytes(facts.bodySha256);
  endSection(writer, start);
}

export function readValidation(sections: Sections): Passage & ValidationFacts {
  const reader = sections.reader('validation');
  return {
    elapsedUs: reader.u32(),
    failedOpen: reader.u8() === 1,
    shadowReason: reader.text(),
    pathTemplate: reader.text(),
    bodySha256: reader.rest(),
  };
}

export function writeRouting(writer: ByteWriter, facts: RoutingFacts): void {
  const start = beginSection(writer, 'routing');
  writer.u32(Math.round(facts.elapsedUs));
  writer.u32(Math.round(facts.upstreamUs));
  writer.u16(facts.upstreamStatus);
  writer.text(facts.upstream);
  endSection(writer, start);
}

export function readRouting(sections: Sections): RoutingFacts {
  const reader = sections.reader('routing');
  return { elapsedUs: reader.u32(), upstreamUs: reader.u32(), upstreamStatus: reader.u16(), upstream: reader.text() };
}
