/** An error as ClickHouse words it: `Code: 60. DB::Exception: … (UNKNOWN_TABLE)`. */
export class ClickHouseException extends Error {
  readonly code: number;
  /** Name of the code, such as `UNKNOWN_TABLE`. */
  readonly codeName: string;

  constructor(code: number, codeName: string, text: string) {
    super(`Code: ${code}. DB::Exception: ${text} (${codeName})`);
    this.name = 'ClickHouseException';
    this.code = code;
    this.codeName = codeName;
  }
}

const wholeText = /Code: (\d+)\. DB::Exception: ([\s\S]*?)\s*\(([A-Z][A-Z0-9_]+)\)\s*$/;
const nestedHead = /^(?:Code: \d+\. DB::Exception: )+/;
const nestedTail = /\s*\(([A-Z][A-Z0-9_]+)\)\s*\(version [^)]*\)\.?\s*/g;
const spoolFile = /(?:: )?\(in file\/uri [^)]*\)|: data for INSERT was parsed from file/g;

/** Reads what the engine threw. Anything that is not ClickHouse's own wording becomes code 1002, UNKNOWN_EXCEPTION. */
export function toClickHouseException(thrown: unknown): ClickHouseException {
  if (thrown instanceof ClickHouseException) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const match = wholeText.exec(message);
  if (match === null) return new ClickHouseException(1002, 'UNKNOWN_EXCEPTION', message);
  const [, code = '1002', text = '', codeName = 'UNKNOWN_EXCEPTION'] = match;
  return new ClickHouseException(
    Number(code),
    codeName,
    text.replace(nestedTail, ' ').replace(nestedHead, '').replace(spoolFile, '').trim(),
  );
}
