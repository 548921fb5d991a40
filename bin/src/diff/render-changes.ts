import type { Paint } from '../output/paint.js';
import type { Change } from './summarize-changes.js';

const looks = { added: ['green', '+'], removed: ['red', '-'], changed: ['yellow', '~'] } as const;

/** One line a change: `~ route orders: auth.scopes, limits`. */
export function renderChanges(changes: readonly Change[], paint: Paint): string[] {
  return changes.map(({ kind, section, name, fields }) => {
    const [style, sign] = looks[kind];
    const what = section === 'policy' ? 'policy' : `${section} ${name}`;
    return paint(style, `${sign} ${what}`) + (fields.length === 0 ? '' : `: ${fields.join(', ')}`);
  });
}
