/** The origin (RFC 6454) that a target's url names. Throws with the upstream's name when it is anything but an http or https origin. */
export function readOrigin(url: string, upstream: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new Error(`upstream ${upstream}: a target's url must be http://host:port or https://host:port`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new Error(`upstream ${upstream}: the url of target ${parsed.host} must not carry credentials`);
  }
  if (parsed.pathname !== '/' || parsed.search !== '' || parsed.hash !== '') {
    throw new Error(`upstream ${upstream}: the url of target ${parsed.host} must end after the port, since paths go out as judged`);
  }
  return parsed.origin;
}
