import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { ClickHouseException } from '../engine/exception.js';
import { admitReaderSettings, type ReaderLimits } from '../reading/reader-settings.js';
import type { ReaderPool } from '../reading/reader-pool.js';
import type { WriteJob, Writer, WriteStatistics } from '../writing/writer.js';
import { answerEmpty } from './answer.js';
import { answerResult } from './answer-result.js';
import type { Principal } from './authenticate.js';
import type { StatementRequest } from './parse-request.js';
import { readStatement, type Statement } from './read-statement.js';

export interface StatementContext {
  readonly readers: ReaderPool;
  readonly writer: Writer;
  readonly limits: ReaderLimits;
  readonly spoolDir: string;
}

/** Answers one statement. Throws `ClickHouseException` where nothing of an answer was sent yet. */
export async function handleStatement(
  context: StatementContext,
  request: IncomingMessage,
  response: ServerResponse,
  asked: StatementRequest,
  principal: Principal,
): Promise<void> {
  const statement = await readStatement(request, asked, principal);
  if (principal === 'recorder' && (await mayWrite(context.writer, request, statement))) {
    const { rows, bytes, elapsedNs } = await write(context, statement, { ...asked, id: randomUUID(), params: statement.params });
    const statistics = { readRows: rows, readBytes: bytes, writtenRows: rows, writtenBytes: bytes, elapsedNs };
    answerEmpty(response, asked.queryId, asked.defaultFormat, statistics);
    return;
  }

  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const answer = await context.readers.run(
    {
      id: randomUUID(),
      text: statement.text,
      defaultFormat: asked.defaultFormat,
      database: asked.database,
      settings: admitReaderSettings(asked.settings, context.limits),
      params: statement.params,
      whole: asked.whole,
    },
    gone.signal,
  );
  await answerResult(request, response, asked.queryId, answer, asked.compressAnswer);
}

/** False when the statement only reads: then it is run as a reader's, limits and all. */
async function mayWrite(writer: Writer, request: IncomingMessage, statement: Statement): Promise<boolean> {
  const kind = await writer.classify(statement.text);
  if (kind === 'read') return false;
  if (kind === 'other') {
    throw new ClickHouseException(497, 'ACCESS_DENIED', 'Not enough privileges. The recorder may define tables and views, and insert.');
  }
  if (request.method !== 'POST') {
    throw new ClickHouseException(
      164,
      'READONLY',
      'Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries.',
    );
  }
  return true;
}

async function write(context: StatementContext, statement: Statement, job: WriteJob): Promise<WriteStatistics> {
  if (statement.kind === 'text') return context.writer.execute(statement.text, job);
  const file = join(context.spoolDir, job.id);
  try {
    const bytes = await statement.spool(file);
    return await context.writer.insertFile(statement.head, file, bytes, job);
  } finally {
    await rm(file, { force: true });
  }
}
