import { spawn } from 'node:child_process';
import { constants } from 'node:os';

// A Ctrl-C reaches us from the terminal and again by way of npm; the program behind us must see it once.
const repeatWithinMs = 500;

/**
 * Runs a program with our stdout and stderr to its end and resolves to its exit code. It has a process group of its own and gets
 * each SIGINT, SIGTERM or SIGHUP once, so that it can finish what it is at; if we are killed it gets a SIGTERM.
 */
export function runToEnd(command, args, cwd, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    child.once('error', reject);
    if (child.pid === undefined) return;

    const release = holdLifeline(child.pid);
    const stopForwarding = forwardSignals(child);
    child.once('exit', (code, signal) => {
      release();
      stopForwarding();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

function forwardSignals(child) {
  let lastAtMs = -Infinity;
  const forward = (signal) => {
    const nowMs = performance.now();
    if (nowMs - lastAtMs < repeatWithinMs) return;
    lastAtMs = nowMs;
    child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
  };
}

// A shell that waits for the end of a pipe which only we hold open: however we end, it notices.
function holdLifeline(pid) {
  const lifeline = spawn('sh', ['-c', 'read -r released && exit; kill -TERM "$1" 2>/dev/null', 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  lifeline.on('error', () => {});
  lifeline.stdin.on('error', () => {});
  lifeline.unref();
  return () => lifeline.stdin.end('released\n');
}
