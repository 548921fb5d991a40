import { ClickHouseException } from '../engine/exception.js';

/** Fields of a `multipart/form-data` body (RFC 7578), as clients send long query parameters. Throws `ClickHouseException`. */
export function parseForm(contentType: string, body: Buffer): Map<string, string> {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  const marker = `--${boundary?.[1] ?? boundary?.[2] ?? ''}`;
  if (boundary === null) throw malformed('no boundary');
  const parts = `\r\n${body.toString('utf8')}`.split(`\r\n${marker}`);
  if (!parts.at(-1)?.startsWith('--')) throw malformed('no closing boundary');

  const fields = new Map<string, string>();
  for (const part of parts.slice(1, -1)) {
    const headEnd = part.indexOf('\r\n\r\n');
    if (headEnd < 0) throw malformed('a part without a header');
    const head = part.slice(0, headEnd);
    const name = /^content-disposition:[^\r\n]*;\s*name="([^"]*)"/im.exec(head)?.[1];
    if (name === undefined) throw malformed('a part without a name');
    if (name !== 'query' && !name.startsWith('param_')) {
      throw new ClickHouseException(48, 'NOT_IMPLEMENTED', `External tables are not offered by the embedded warehouse (form field '${name}').`);
    }
    fields.set(name, part.slice(headEnd + 4));
  }
  return fields;
}

function malformed(what: string): ClickHouseException {
  return new ClickHouseException(36, 'BAD_ARGUMENTS', `Malformed multipart/form-data: ${what}.`);
}
