/** What `Content-Length` says, -1 where it says nothing. The parser has refused repeated and contradicting ones. */
export function readContentLength(headers: readonly string[]): number {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === 'content-length') return Number(headers[i + 1]);
  return -1;
}

/** Whether no body follows, whatever the fields of the head say (RFC 9112 §6.3). */
export function isBodiless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

/** Whether an answer that came before the request was through says that the rest is not wanted (RFC 9112 §9.3). */
export function refusesBody(status: number, headers: readonly string[]): boolean {
  if (status < 400) return false;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === 'connection' && headers[i + 1]!.toLowerCase().split(',').some((option) => option.trim() === 'close')) return true;
  }
  return false;
}
