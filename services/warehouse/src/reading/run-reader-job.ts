import { connectionArguments } from '../engine/engine.js';
import { ClickHouseException, toClickHouseException } from '../engine/exception.js';
import { statementClass, type NativeConnection, type NativeEngine } from '../engine/native.js';
import { quoteIdentifier, quoteText } from '../engine/quote.js';
import { inspectStatement } from './inspect-statement.js';
import { headerLength, streamingOf, type Streaming } from './output-format.js';
import type { FromReader, ReaderJob, ReaderThreadData } from './reader-messages.js';

/** Where a job's answer goes. `send` waits while the client is slow; it resolves to false once nobody wants more. */
export interface ReaderOutput {
  send(message: FromReader): Promise<boolean>;
}

/**
 * Runs one statement for a reader, on a connection of its own that is gone afterwards. What keeps it to reading: the engine's
 * parser must find exactly one reading statement, the role may only select, `readonly = 1` is set last, and names that reach
 * files without a privilege are refused.
 */
export async function runReaderJob(native: NativeEngine, thread: ReaderThreadData, job: ReaderJob, output: ReaderOutput): Promise<void> {
  const limits = Object.entries(thread.limits).map(([name, value]) => `--${name}=${value}`);
  const connection = native.CreateConnection(thread.dir, [...connectionArguments(thread.configFile, job.id), ...limits]);
  try {
    native.QueryWithConnection(connection, renderSetup(job), 'Null');
    await checkClass(native, connection, job.text);
    const canonical = native.QueryWithConnection(connection, `SELECT formatQuerySingleLine(${quoteText(job.text)})`, 'TabSeparatedRaw');
    const format = inspectStatement(canonical, job.params).format ?? job.defaultFormat;
    const streaming: Streaming = job.whole ? { kind: 'whole' } : streamingOf(format);
    if (streaming.kind === 'whole' || !(await streamBlocks(native, connection, job, format, streaming, output))) {
      await answerWhole(native, connection, job, format, output);
    }
  } finally {
    native.CloseConnection(connection);
  }
}

function renderSetup(job: ReaderJob): string {
  const assignments = [
    ...job.settings.map(([name, value]) => `${name} = ${quoteText(value)}`),
    ...job.params.map(([name, value]) => `param_${name} = ${quoteText(value)}`),
  ];
  return [
    'SET ROLE reader',
    ...(job.database === '' ? [] : [`USE ${quoteIdentifier(job.database)}`]),
    ...assignments.map((assignment) => `SET ${assignment}`),
    'SET readonly = 1',
  ].join('; ');
}

async function checkClass(native: NativeEngine, connection: NativeConnection, text: string): Promise<void> {
  const { queryClass, statementCount } = await native.DurableClassifyAsync(connection, text, '');
  if (queryClass === statementClass.readOnly && statementCount === 1) return;
  if (statementCount > 1) {
    throw new ClickHouseException(62, 'SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed): send one statement a request.');
  }
  if (statementCount === 1) {
    throw new ClickHouseException(
      164,
      'READONLY',
      'Cannot execute query in readonly mode. This port reads only: SELECT, SHOW, DESCRIBE, EXPLAIN, EXISTS; settings go into the URL.',
    );
  }
  // Never run what was not understood: have the formatter, which runs nothing, say what is wrong with it.
  try {
    native.QueryWithConnection(connection, `SELECT formatQuerySingleLine(${quoteText(text)})`, 'Null');
  } catch (thrown) {
    const { code, codeName, message } = toClickHouseException(thrown);
    const reason = message.replace(/^Code: \d+\. DB::Exception: /, '').replace(/(?:: |\. )?In scope SELECT formatQuery[\s\S]*$|: while executing '?FUNCTION[\s\S]*$/i, '.');
    throw new ClickHouseException(code, codeName, reason);
  }
  throw new ClickHouseException(62, 'SYNTAX_ERROR', 'Syntax error: Empty query.');
}

/** False when the engine cannot stream this kind of statement; nothing was sent then. */
async function streamBlocks(
  native: NativeEngine,
  connection: NativeConnection,
  job: ReaderJob,
  format: string,
  streaming: Exclude<Streaming, { kind: 'whole' }>,
  output: ReaderOutput,
): Promise<boolean> {
  const startedNs = process.hrtime.bigint();
  let stream;
  try {
    stream = native.StreamQuery(connection, job.text, job.defaultFormat);
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.includes('Streaming query is not supported')) return false;
    throw thrown;
  }
  let rows = 0;
  let bytes = 0;
  let headBytes: number | undefined;
  for (;;) {
    const block = await native.StreamFetch(stream);
    if (headBytes === undefined && !(await output.send({ kind: 'head', format }))) break;
    if (block.done) {
      await output.send({ kind: 'end', statistics: { rows, bytes, elapsedNs: Number(process.hrtime.bigint() - startedNs) } });
      return true;
    }
    const skip = headBytes ?? 0;
    headBytes ??= streaming.kind === 'header' ? headerLength(block.bytes, streaming) : 0;
    const body = block.bytes.subarray(skip);
    rows += block.numRows;
    bytes += body.length;
    if (body.length > 0 && !(await output.send({ kind: 'block', bytes: body }))) break;
  }
  native.StreamCancel(stream);
  return true;
}

async function answerWhole(native: NativeEngine, connection: NativeConnection, job: ReaderJob, format: string, output: ReaderOutput): Promise<void> {
  const result = await native.QueryAsyncConnection(connection, job.text, job.defaultFormat);
  const statistics = { rows: result.rowsRead, bytes: result.bytesRead, elapsedNs: Math.round(result.elapsed * 1e9) };
  await output.send({ kind: 'head', format, statistics });
  if (result.bytes.length > 0) await output.send({ kind: 'block', bytes: result.bytes });
  await output.send({ kind: 'end', statistics });
}
