/** How a result in some format may leave. The engine streams a result as blocks, each of which is a document of its own. */
export type Streaming =
  /** Blocks can be put one after the other as they are. */
  | { readonly kind: 'plain' }
  /** Blocks begin with the same header, which is dropped from all but the first. */
  | { readonly kind: 'header'; readonly lines: number; readonly quoted: boolean }
  /** Only the whole result is right. */
  | { readonly kind: 'whole' };

const plain = new Set(
  (
    'tabseparated tsv tabseparatedraw tsvraw raw csv tskv jsoneachrow jsonlines jsonl ndjson jsonstringseachrow ' +
    'jsoncompacteachrow jsoncompactstringseachrow lineasstring rowbinary native rawblob msgpack bsoneachrow null sqlinsert'
  ).split(' '),
);

const withHeader = /^(?:tabseparated(?:raw)?|tsv(?:raw)?|raw|lineasstring|jsoncompact(?:strings)?eachrow|(csv))withnames(andtypes)?$/;

export function streamingOf(format: string): Streaming {
  const name = format.toLowerCase();
  if (plain.has(name)) return { kind: 'plain' };
  const match = withHeader.exec(name);
  if (match === null) return { kind: 'whole' };
  return { kind: 'header', lines: match[2] === undefined ? 1 : 2, quoted: match[1] !== undefined };
}

const lineFeed = 0x0a;
const doubleQuote = 0x22;

/** Length of the header at the start of a block. In CSV, a line feed between double quotes belongs to a name. */
export function headerLength(block: Uint8Array, streaming: { readonly lines: number; readonly quoted: boolean }): number {
  let lines = 0;
  let inQuotes = false;
  for (let index = 0; index < block.length; index += 1) {
    const byte = block[index];
    if (byte === doubleQuote && streaming.quoted) inQuotes = !inQuotes;
    else if (byte === lineFeed && !inQuotes) {
      lines += 1;
      if (lines === streaming.lines) return index + 1;
    }
  }
  return block.length;
}

const contentTypes: readonly (readonly [RegExp, string])[] = [
  [/^(?:json(?:strings)?eachrow|jsonlines|jsonl|ndjson|pretty(?:jsoneachrow|jsonlines|ndjson))$/, 'application/x-ndjson; charset=UTF-8'],
  [/^jsoncompact(?:strings)?eachrow(?:withnames(?:andtypes)?)?$/, 'text/plain; charset=UTF-8'],
  [/^json/, 'application/json; charset=UTF-8'],
  [/^geojson$/, 'application/geo+json; charset=UTF-8'],
  [/^(?:tabseparated|tsv|raw(?!blob)|lineasstring|tskv)/, 'text/tab-separated-values; charset=UTF-8'],
  [/^csvwithnames/, 'text/csv; charset=UTF-8; header=present'],
  [/^csv$/, 'text/csv; charset=UTF-8; header=absent'],
  [/^xml$/, 'application/xml; charset=UTF-8'],
  [/^png$/, 'image/png'],
  [/^prometheus$/, 'text/plain; version=0.0.4; charset=UTF-8'],
  [
    /^(?:native|buffers|rowbinary.*|parquet|arrow.*|orc|avro.*|msgpack|bsoneachrow|protobuf.*|capnproto|npy|odbcdriver2|mysqlwire|postgresqlwire)$/,
    'application/octet-stream',
  ],
];

/** Content-Type as ClickHouse states it for a format. */
export function contentTypeOf(format: string): string {
  const name = format.toLowerCase();
  return contentTypes.find(([pattern]) => pattern.test(name))?.[1] ?? 'text/plain; charset=UTF-8';
}
