import type { ByteWriter } from './bytes.js';
import { beginSection, endSection, type Sections } from './sections.js';

const separator = '\n';

/** Header fields that carry credentials, as name, value, name, value …; auth alone reads them and passes none on. */
export function writeCredentials(writer: ByteWriter, fields: readonly string[]): void {
  const start = beginSection(writer, 'credentials');
  writer.text(fields.join(separator));
  endSection(writer, start);
}

/** Empty where the request carried none. */
export function readCredentials(sections: Sections): readonly string[] {
  if (!sections.has('credentials')) return [];
  const text = sections.reader('credentials').text();
  return text === '' ? [] : text.split(separator);
}
