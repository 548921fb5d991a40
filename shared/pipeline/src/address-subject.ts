/**
 * What an address is counted by: IPv4 as it is (IPv4-mapped IPv6 too), IPv6 by its /64, since whoever holds one address of
 * it can use all of them. Expects what `node:net` calls an address; anything else is counted as written.
 */
export function addressSubject(address: string): string {
  if (!address.includes(':')) return address;
  const bare = address.split('%', 1)[0]!.toLowerCase();
  const mapped = /^(?:0{0,4}:){2,6}ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare);
  if (mapped !== null) return mapped[1]!;
  const [head = '', tail] = bare.split('::', 2);
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const width = right.at(-1)?.includes('.') === true ? right.length + 1 : right.length;
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - width);
  const all = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return `${all.slice(0, 4).map(withoutLeadingZeros).join(':')}::/64`;
}

function groups(part: string): string[] {
  return part === '' ? [] : part.split(':');
}

function withoutLeadingZeros(group: string): string {
  return group.replace(/^0+(?=.)/, '');
}
