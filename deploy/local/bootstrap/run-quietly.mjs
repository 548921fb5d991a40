import { spawn } from 'node:child_process';

const keptOutput = 200_000;
const running = new Set();

/** Runs a program to its end and keeps what it prints (the last 200,000 characters). A program that is not there has code 127. */
export function runQuietly(command, args, { cwd, env = process.env } = {}) {
  return new Promise((resolve) => {
    let output = '';
    // A process group of its own, so that it can be ended together with all that it has started.
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    running.add(child);
    const keep = (chunk) => {
      output = (output + chunk).slice(-keptOutput);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => {
      running.delete(child);
      resolve({ code: 127, output: error.message });
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code: code ?? 1, output: signal === null ? output : `${output}\n${command} was ended by ${signal}` });
    });
  });
}

/** Ends what `runQuietly` has started and is still at work. */
export function endRunning() {
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGTERM');
}
