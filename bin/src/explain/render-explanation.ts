import { isReason, problemTable } from '@sallyport/verdict';
import { formatInstant, formatMicroseconds } from '../output/format-time.js';
import type { Paint } from '../output/paint.js';
import { printableLine } from '../output/printable.js';
import { describeRules } from './describe-rules.js';
import type { Explanation, StageAccount } from './explanation.js';

const looks: Readonly<Record<StageAccount['verdict'], readonly [Parameters<Paint>[0], string]>> = {
  allow: ['green', 'allowed'],
  deny: ['red', 'DENIED'],
  failed: ['red', 'FAILED'],
  open: ['yellow', 'passed open'],
  unreached: ['dim', 'not reached'],
};
const stageWidth = 12;
const verdictWidth = 13;
const timeWidth = 10;
const indent = ' '.repeat(stageWidth + verdictWidth + timeWidth);

/** The account of a request for people: what it was, what each stage made of it and by which rule, and the events about it. */
export function renderExplanation(explanation: Explanation, paint: Paint): string {
  const { stages, events, policy } = explanation;
  const lines = [...renderHead(explanation, paint), ''];
  for (const stage of stages) {
    lines.push(...renderStage(stage, policy === null ? [] : describeRules(stage.stage, policy), paint));
    if (stage.stage === 'routing') lines.push(...renderUpstream(explanation));
  }
  if (events.length > 0) lines.push('', paint('bold', 'security events'), ...events.map(({ time, type, id }) => `  ${time}  ${type}  ${id}`));
  return lines.map((line) => line.trimEnd()).join('\n');
}

function renderHead({ request, revision }: Explanation, paint: Paint): string[] {
  const { decision, stage, reason, status, total_us: totalUs } = request;
  const outcome =
    decision === 'deny'
      ? paint('red', `denied by ${stage}: ${reason}`) + ` (${titleOf(reason)})`
      : reason === '' ? paint('green', 'allowed') : paint('red', `allowed, then ${reason}`) + ` (${titleOf(reason)})`;
  const path = request.path_template === '' ? '(no route)' : request.path_template;
  const objects = Object.entries(request.object_ids).map(([name, value]) => `${name}=${value}`);
  const credential = request.credential_kind === '' ? 'without a credential' : `with ${request.credential_kind} ${request.credential_id}`;
  const applied = revision === null ? '' : `, applied ${formatInstant(revision.createdAtMs)} by ${revision.author}${revision.message === '' ? '' : `: ${revision.message}`}`;
  const field = (name: string, value: string) => `${name.padEnd(stageWidth)}${printableLine(value)}`;
  return [
    paint('bold', printableLine(`${request.method} ${path} → ${status}`)) + `  ${outcome}`,
    field('request', `${request.request_id} at ${request.ts}, ${formatMicroseconds(totalUs)}${request.trace_id === '' ? '' : `, trace ${request.trace_id}`}`),
    field('caller', `${request.consumer || 'nobody known'} ${credential}, from ${request.client_ip || 'an unknown address'}${request.tls === '' ? '' : ` over ${request.tls}`}`),
    ...(objects.length === 0 ? [] : [field('objects', objects.join(' '))]),
    field('bytes', `${request.bytes_in} in, ${request.bytes_out} out`),
    field('revision', `${request.revision}${applied}`),
  ];
}

function renderStage({ stage, verdict, us, reason, detail, shadow }: StageAccount, rules: readonly string[], paint: Paint): string[] {
  const [style, word] = looks[verdict];
  const time = verdict === 'unreached' ? '' : formatMicroseconds(us);
  const head = stage.padEnd(stageWidth) + paint(style, word.padEnd(verdictWidth)) + time.padEnd(timeWidth);
  if (verdict === 'unreached') return [head];
  const why = [
    ...(reason === '' ? [] : [`${reason}${detail === '' ? '' : `: ${detail}`}`]),
    ...(reason === '' && detail !== '' ? [detail] : []),
    ...shadow.map((event) => `would have been denied, but is in shadow mode: ${event.reason}${event.detail === '' ? '' : `: ${event.detail}`}`),
    ...rules,
  ].map(printableLine);
  return [head + (why[0] ?? ''), ...why.slice(1).map((line) => indent + line)];
}

function renderUpstream({ request }: Explanation): string[] {
  if (request.upstream === '') return [];
  const answer = request.upstream_status === 0 ? 'no answer' : `answered ${request.upstream_status}`;
  return [`${'upstream'.padEnd(stageWidth)}${answer.padEnd(verdictWidth)}${formatMicroseconds(request.upstream_us).padEnd(timeWidth)}${printableLine(request.upstream)}`];
}

function titleOf(reason: string): string {
  return isReason(reason) ? problemTable[reason].title : reason;
}
