/** Control characters but tab and line feed; C1 ones too, which some terminals obey. */
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Text that cannot steer a terminal: what callers of an API send ends up in events and rows. */
export function printable(text: string): string {
  return text.replaceAll(control, '\ufffd');
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text).replaceAll(/[\t\n]+/g, ' ');
}
