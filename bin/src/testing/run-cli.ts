import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const sallyport = fileURLToPath(new URL('../../sallyport', import.meta.url));

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs the command line as a process of its own, with nothing of our own settings in its environment. */
export async function runCli(args: readonly string[], { cwd, env, input }: CliOptions): Promise<CliRun> {
  const child = spawn(process.execPath, [sallyport, ...args], { cwd, env: { PATH: process.env['PATH'] ?? '', ...env } });
  child.stdin.end(input ?? '');
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close') as Promise<[number | null]>]);
  return { code, stdout, stderr };
}
