import { violation, type ContractProblem } from '../problem.js';
import type { CheckHead, RequestHead } from '../request-head.js';
import type { ContractOptions } from '../contract-parts.js';
import { readingsOf, type CheckRaw, type ParameterCheck } from './check-value.js';
import { isAmbiguous } from './coerce.js';
import { readDeepObject } from './deep-object.js';
import { decodeQueryText, Malformed } from './percent-decoding.js';
import { readProperties, type Pair, type RawValue } from './styles.js';

/** A parameter that one name of the query holds. */
interface NamedSlot {
  readonly kind: 'named';
  readonly prepared: ParameterCheck;
  readonly check: CheckRaw;
}

/** An object whose properties are names of the query: `filter[a]=1` (deepObject), or `a=1` alone (form, exploded). */
interface SpreadSlot {
  readonly kind: 'spread';
  readonly prepared: ParameterCheck;
  readonly check: CheckRaw<readonly Pair[]>;
}

type Slot = NamedSlot | SpreadSlot;
type Found = RawValue | Pair[] | undefined;

/** Checks the query against an operation's query parameters; undefined where there is nothing to check. */
export function compileQueryCheck(prepared: readonly ParameterCheck[], options: ContractOptions): CheckHead | undefined {
  const refusesUnlisted = options.unlistedQuery === 'refuse';
  if (prepared.length === 0 && !refusesUnlisted) return undefined;
  const slots = prepared.map(makeSlot);
  const claim = claimer(slots);
  return (head, problems) => {
    const { query } = head;
    const found: Found[] = [];
    if (query !== '' && collect(query, claim, slots, found) && refusesUnlisted) {
      problems.push(violation('query', '/query', 'has a parameter that the contract does not list'));
    }
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index];
      if (slot !== undefined) checkSlot(slot, found[index], head, problems);
    }
  };
}

function makeSlot(prepared: ParameterCheck): Slot {
  const { parameter, shape, layouts } = prepared;
  const isObject = layouts[0] === 'object' && parameter.mediaType === undefined;
  const isDeep = parameter.style === 'deepObject';
  if (isDeep || (isObject && parameter.explode)) {
    const read = isDeep ? readDeepObject : readProperties;
    const readings = (isAmbiguous(shape) ? [false, true] : [false]).map(
      (preferText) => (pairs: readonly Pair[]) => read(pairs, shape, preferText, decodeQueryText),
    );
    return { kind: 'spread', prepared, check: prepared.check(readings) };
  }
  return { kind: 'named', prepared, check: prepared.check(readingsOf(prepared, decodeQueryText)) };
}

/** Finds the slot for a decoded name, and for a spread object what the name says of its properties. */
type Claim = (name: string) => { readonly index: number; readonly property: string } | undefined;

function claimer(slots: readonly Slot[]): Claim {
  const byName = new Map<string, { index: number; property: string }>();
  const deep = new Map<string, number>();
  let rest: number | undefined;
  slots.forEach((slot, index) => {
    const { parameter, shape } = slot.prepared;
    if (slot.kind === 'named') byName.set(parameter.name, { index, property: '' });
    else if (parameter.style === 'deepObject') deep.set(parameter.name, index);
    else if (shape.hasAdditional) rest ??= index;
  });
  slots.forEach((slot, index) => {
    if (slot.kind === 'named' || slot.prepared.parameter.style === 'deepObject') return;
    for (const property of slot.prepared.shape.properties.keys()) {
      if (!byName.has(property)) byName.set(property, { index, property });
    }
  });
  return (name) => {
    const known = byName.get(name);
    if (known !== undefined) return known;
    if (deep.size > 0) {
      const bracket = name.indexOf('[');
      const index = bracket < 0 ? undefined : deep.get(name.slice(0, bracket));
      if (index !== undefined) return { index, property: name.slice(bracket) };
    }
    return rest === undefined ? undefined : { index: rest, property: name };
  };
}

/** Sorts the query's pairs into the slots; true where one belongs to none. */
function collect(query: string, claim: Claim, slots: readonly Slot[], found: Found[]): boolean {
  let hasUnlisted = false;
  let from = 0;
  while (from <= query.length) {
    const ampersand = query.indexOf('&', from);
    const end = ampersand < 0 ? query.length : ampersand;
    if (end > from) {
      const equals = query.indexOf('=', from);
      const nameEnd = equals < 0 || equals > end ? end : equals;
      const name = decodeQueryText(query.slice(from, nameEnd));
      const text = nameEnd < end ? query.slice(nameEnd + 1, end) : '';
      const claimed = name instanceof Malformed ? undefined : claim(name);
      if (claimed === undefined) hasUnlisted = true;
      else put(slots, found, claimed.index, claimed.property, text);
    }
    from = end + 1;
  }
  return hasUnlisted;
}

function put(slots: readonly Slot[], found: Found[], index: number, property: string, text: string): void {
  const before = found[index];
  if (slots[index]?.kind === 'spread') {
    if (before === undefined) found[index] = [[property, text]];
    else (before as Pair[]).push([property, text]);
  } else if (before === undefined) {
    found[index] = text;
  } else if (typeof before === 'string') {
    found[index] = [before, text];
  } else {
    (before as string[]).push(text);
  }
}

function checkSlot(slot: Slot, found: Found, head: RequestHead, problems: ContractProblem[]): void {
  const { parameter, problemPointer } = slot.prepared;
  if (found === undefined) {
    if (parameter.required && head.isTakenOut?.('query', parameter.name) !== true) {
      problems.push(violation('query', problemPointer, 'is required'));
    }
  } else if (slot.kind === 'spread') {
    slot.check(found as readonly Pair[], problems);
  } else if (found !== '' || !parameter.allowEmptyValue) {
    slot.check(found as RawValue, problems);
  }
}
