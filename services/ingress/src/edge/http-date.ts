let shownS = -1;
let shown = '';

/** IMF-fixdate (RFC 9110 §5.6.7), built once a second. */
export function httpDate(nowMs: number): string {
  const nowS = Math.floor(nowMs / 1000);
  if (nowS !== shownS) {
    shownS = nowS;
    shown = new Date(nowS * 1000).toUTCString();
  }
  return shown;
}
