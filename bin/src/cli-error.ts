/** What a command ends with. */
export const exitCodes = { ok: 0, refused: 1, usage: 2, unreachable: 3 } as const;

/** Ends a command with one clear message: what is wrong, and what to do about it. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(reason: Exclude<keyof typeof exitCodes, 'ok'>, message: string) {
    super(message);
    this.exitCode = exitCodes[reason];
  }
}
