import { styleText } from 'node:util';
import type { WriteStream } from 'node:tty';

type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

/** Colours for a stream: on a terminal, unless `NO_COLOR` is set to anything (no-color.org) or the terminal is dumb. */
export function paintFor(stream: Pick<WriteStream, 'isTTY'>, env: NodeJS.ProcessEnv = process.env): Paint {
  const inColor = stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return inColor ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}
