import type { IncomingMessage } from 'node:http';
import { ClickHouseException } from '../engine/exception.js';
import { isInsert, splitInsert, type InsertHead } from '../writing/split-insert.js';
import type { Principal } from './authenticate.js';
import { parseForm } from './parse-form.js';
import { parseParam, type StatementRequest } from './parse-request.js';
import { readBody } from './read-body.js';

type Params = StatementRequest['params'];

/** A statement as it came: in one text, or an INSERT with its rows still on the way. */
export type Statement =
  | { readonly kind: 'text'; readonly text: string; readonly params: Params }
  | {
      readonly kind: 'insert';
      readonly head: InsertHead;
      /** The statement without rows. */
      readonly text: string;
      readonly params: Params;
      /** Writes the rows into a new file; returns its size. */
      readonly spool: (file: string) => Promise<number>;
    };

/** Longest text of a statement, ClickHouse's default `max_query_size`. Rows of an INSERT do not count. */
const maxStatementBytes = 256 * 1024;

/** Puts the statement together from the URL and the body, which follows it. Throws `ClickHouseException`. */
export async function readStatement(request: IncomingMessage, asked: StatementRequest, principal: Principal): Promise<Statement> {
  const contentType = request.headers['content-type'] ?? '';
  if (/^multipart\/form-data/i.test(contentType)) return readForm(request, contentType, asked);
  // Who may only read is told so without his rows being read.
  if (principal === 'reader' && isInsert(asked.query)) return { kind: 'text', text: asked.query, params: asked.params };

  const body = readBody(request);
  const headInUrl = principal === 'recorder' ? splitInsert(asked.query) : undefined;
  if (headInUrl !== undefined) {
    const inUrl = Buffer.from(asked.query.slice(headInUrl.length));
    return insert(headInUrl, asked.query, asked.params, (file) => body.spool(file, inUrl, 0));
  }

  const { head, complete } = await body.peek(maxStatementBytes);
  const urlPart = asked.query === '' || head.length === 0 ? asked.query : `${asked.query}\n`;
  const text = urlPart + head.toString('utf8');
  const insertHead = principal === 'recorder' ? splitInsert(text) : undefined;
  if (insertHead !== undefined) {
    const statementBytes = Buffer.byteLength(text.slice(0, insertHead.length));
    const bodyOffset = Math.max(0, statementBytes - Buffer.byteLength(urlPart));
    return insert(insertHead, text, asked.params, (file) => body.spool(file, Buffer.alloc(0), bodyOffset));
  }
  if (!complete) {
    throw new ClickHouseException(62, 'SYNTAX_ERROR', `Syntax error: Max query size exceeded (${maxStatementBytes} bytes), and it is no INSERT whose rows could be read apart.`);
  }
  return { kind: 'text', text, params: asked.params };
}

function insert(head: InsertHead, text: string, params: Params, spool: (file: string) => Promise<number>): Statement {
  return { kind: 'insert', head, text: text.slice(0, head.length), params, spool };
}

async function readForm(request: IncomingMessage, contentType: string, asked: StatementRequest): Promise<Statement> {
  const { head, complete } = await readBody(request).peek(16 * maxStatementBytes);
  if (!complete) throw new ClickHouseException(36, 'BAD_ARGUMENTS', `The form is longer than ${16 * maxStatementBytes} bytes.`);
  const fields = parseForm(contentType, head);
  const text = asked.query + (fields.get('query') ?? '');
  fields.delete('query');
  return { kind: 'text', text, params: [...asked.params, ...[...fields].map(([name, value]) => parseParam(name, value))] };
}
