import { InvalidArgumentError } from 'commander';

/** A revision as an argument: its number. */
export function parseRevision(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('A revision is a number from 1 on; `sallyport history` lists them.');
  return Number(text);
}
