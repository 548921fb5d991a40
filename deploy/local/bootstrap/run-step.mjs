const interactive = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
const colored = interactive && !process.env.NO_COLOR;
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;
const nameWidth = 14;

/** A reason for stopping that the user can do something about; its message is all that is shown. */
export class SetupError extends Error {}

/**
 * Runs one step and says on stderr how it goes: on a terminal with a spinner, elsewhere a line when it begins to take time and
 * one when it is done. `work` gets `say` to tell what it is at, and resolves to what it has come to.
 */
export async function runStep(name, work) {
  const startedAtMs = performance.now();
  let note = '';
  let frame = 0;
  const draw = () => process.stderr.write(`\r\x1b[2K${formatLine(paint('36', frames[frame++ % frames.length]), name, note, startedAtMs)}`);
  const timer = interactive ? setInterval(draw, frameMs) : undefined;
  const say = (text) => {
    note = text;
    if (interactive) draw();
    else process.stderr.write(`… ${name.padEnd(nameWidth)}${text}\n`);
  };
  const end = (mark, text) => {
    clearInterval(timer);
    process.stderr.write(`${interactive ? '\r\x1b[2K' : ''}${formatLine(mark, name, text, startedAtMs)}\n`);
  };
  try {
    end(paint('32', '✓'), await work(say));
  } catch (error) {
    end(paint('31', '✗'), note || 'failed');
    throw error;
  }
}

function formatLine(mark, name, note, startedAtMs) {
  const line = `${name.padEnd(nameWidth)}${note}`;
  const elapsed = `  ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`;
  // A line that wraps could not be drawn over.
  const room = interactive ? (process.stderr.columns || 80) - elapsed.length - 3 : Infinity;
  return `${mark} ${line.length > room ? `${line.slice(0, room - 1)}…` : line}${paint('2', elapsed)}`;
}

function paint(code, text) {
  return colored ? `\x1b[${code}m${text}\x1b[0m` : text;
}
