/** Data: what the command was asked for. */
export function print(line: string): void {
  process.stdout.write(line + '\n');
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Chatter: what helps whoever watches, and no program needs. */
export function say(line: string): void {
  process.stderr.write(line + '\n');
}
