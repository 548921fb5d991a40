/** `2027-01-01` (midnight UTC) or `2027-01-01T12:00:00Z` (RFC 3339) in milliseconds since 1970; null for anything else. */
export function parseInstant(text: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d))?$/.exec(text);
  if (!match) return null;
  const instantMs = Date.parse(text.toUpperCase());
  // Date.parse takes February 30th for March 2nd.
  const dayOfMonth = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]))).getUTCDate();
  return Number.isNaN(instantMs) || dayOfMonth !== Number(match[3]) ? null : instantMs;
}
