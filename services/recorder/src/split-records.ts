const lineFeed = 0x0a;
const objectStart = 0x7b;
const objectOnNewLine = Buffer.from('\n{');

/** The lines of one group of records: rows as they are, and intents apart. */
export interface Records {
  /** Rows as JSONCompactEachRow, each ended by a line feed; slices of the message wherever possible. */
  readonly rows: readonly Uint8Array[];
  readonly rowCount: number;
  readonly intents: readonly string[];
}

/** Parts rows from intents. Rows are not looked into. */
export function splitRecords(data: Uint8Array): Records {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (buffer.length === 0) return { rows: [], rowCount: 0, intents: [] };
  if (buffer[0] !== objectStart && !buffer.includes(objectOnNewLine)) {
    return { rows: [buffer, newLine], rowCount: countLines(buffer), intents: [] };
  }
  const rows: Uint8Array[] = [];
  const intents: string[] = [];
  let rowCount = 0;
  for (let start = 0; start < buffer.length; ) {
    const feed = buffer.indexOf(lineFeed, start);
    const end = feed < 0 ? buffer.length : feed;
    if (buffer[start] === objectStart) intents.push(buffer.toString('utf8', start, end));
    else if (end > start) {
      rows.push(buffer.subarray(start, end), newLine);
      rowCount++;
    }
    start = end + 1;
  }
  return { rows, rowCount, intents };
}

const newLine = Buffer.from('\n');

function countLines(buffer: Buffer): number {
  let count = 1;
  for (let at = buffer.indexOf(lineFeed); at >= 0; at = buffer.indexOf(lineFeed, at + 1)) count++;
  return count;
}
