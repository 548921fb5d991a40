import { z } from 'zod';
import { PARTITIONS } from '@sallyport/pipeline';

/** One instance that takes part: its lease is live while others see `beat` change. */
export interface Member {
  readonly id: string;
  readonly beat: number;
}

/** The owner of one partition; `member` is empty while there is none. */
export interface Holding {
  readonly member: string;
  /** One more with every change of owner; never goes back. */
  readonly epoch: number;
}

/**
 * The one document that says who takes part and who owns what. Every change of it is a compare-and-set against the revision
 * that was read, so that a renewal, a take-over and a hand-over exclude each other.
 */
export interface LeaseTable {
  /** In the order they joined. */
  readonly members: readonly Member[];
  readonly holdings: readonly Holding[];
}

/** What one instance wants to change. */
export interface LeaseChange {
  readonly me: string;
  /** Never used before by me, in any attempt, so that it names the attempt which got in. */
  readonly beat: number;
  /** Members whose lease has run out by my own clock. */
  readonly dead: ReadonlySet<string>;
  /** Partitions of mine that I have stopped serving and whose journal is complete. */
  readonly released: ReadonlySet<number>;
  /** Members that may be given partitions, besides me. */
  readonly fresh: ReadonlySet<string>;
  /** I take part no longer: all my partitions go to others. */
  readonly leave: boolean;
}

export const emptyTable: LeaseTable = {
  members: [],
  holdings: Array.from({ length: PARTITIONS }, () => ({ member: '', epoch: 0 })),
};

/**
 * The table after one instance's turn: the dead are removed, I am in it with a new beat (or out of it), and what has no owner
 * or was released is spread over the members that have less than their share. Pure and deterministic.
 */
export function advancedTable(table: LeaseTable, change: LeaseChange): LeaseTable {
  const { me, beat } = change;
  let members = table.members.filter((member) => !change.dead.has(member.id) || member.id === me);
  if (change.leave) members = members.filter((member) => member.id !== me);
  else if (members.some((member) => member.id === me)) {
    members = members.map((member) => (member.id === me ? { id: me, beat } : member));
  } else members = [...members, { id: me, beat }];

  const present = new Set(members.map((member) => member.id));
  const loads = countLoads(table, present);
  const room = shares(members.map((member) => member.id), loads).filter(({ id }) => id === me || change.fresh.has(id));

  const holdings = table.holdings.map((holding, partition) => {
    const orphan = !present.has(holding.member);
    const offered = holding.member === me && change.released.has(partition);
    if (!orphan && !offered) return holding;
    const next = room.find(({ id, free }) => free > 0 && !(offered && id === me));
    if (next === undefined) return orphan ? { member: '', epoch: holding.epoch } : holding;
    next.free--;
    return { member: next.id, epoch: holding.epoch + 1 };
  });
  return { members, holdings };
}

/** Which of my partitions are more than my share while another member has less: what I should release, if anything. */
export function surplusOf(table: LeaseTable, me: string, fresh: ReadonlySet<string>): number[] {
  const ids = table.members.map((member) => member.id);
  const loads = countLoads(table, new Set(ids));
  const wanted = shares(ids, loads).reduce((sum, { id, free }) => (id !== me && fresh.has(id) ? sum + Math.max(0, free) : sum), 0);
  const surplus = -(shares(ids, loads).find(({ id }) => id === me)?.free ?? 0);
  const count = Math.min(surplus, wanted);
  if (count <= 0) return [];
  return partitionsOf(table, me).slice(-count);
}

export function partitionsOf(table: LeaseTable, id: string): number[] {
  return table.holdings.flatMap((holding, partition) => (holding.member === id ? [partition] : []));
}

function countLoads(table: LeaseTable, present: ReadonlySet<string>): Map<string, number> {
  const loads = new Map<string, number>();
  for (const { member } of table.holdings) if (present.has(member)) loads.set(member, (loads.get(member) ?? 0) + 1);
  return loads;
}

/** How far each member is below (or, negative, above) its share; those who joined first have the odd ones. */
function shares(ids: readonly string[], loads: ReadonlyMap<string, number>): { id: string; free: number }[] {
  const whole = Math.floor(PARTITIONS / Math.max(1, ids.length));
  const odd = PARTITIONS % Math.max(1, ids.length);
  return ids.map((id, index) => ({ id, free: whole + (index < odd ? 1 : 0) - (loads.get(id) ?? 0) }));
}

const wire = z.strictObject({
  v: z.literal(1),
  members: z.array(z.tuple([z.string(), z.int().nonnegative()])),
  holdings: z.array(z.tuple([z.int().min(-1), z.int().nonnegative()])).length(PARTITIONS),
});

export function encodeTable(table: LeaseTable): Uint8Array {
  const at = new Map(table.members.map((member, index) => [member.id, index]));
  const read: z.infer<typeof wire> = {
    v: 1,
    members: table.members.map(({ id, beat }) => [id, beat]),
    holdings: table.holdings.map(({ member, epoch }) => [at.get(member) ?? -1, epoch]),
  };
  return new TextEncoder().encode(JSON.stringify(read));
}

/** Throws where the bytes are no lease table of this version: nobody may serve by a table that it does not understand. */
export function decodeTable(bytes: Uint8Array): LeaseTable {
  const { members, holdings } = wire.parse(JSON.parse(new TextDecoder().decode(bytes)));
  return {
    members: members.map(([id, beat]) => ({ id, beat })),
    holdings: holdings.map(([index, epoch]) => ({ member: members[index]?.[0] ?? '', epoch })),
  };
}
