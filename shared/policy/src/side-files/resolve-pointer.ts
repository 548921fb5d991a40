/** Whether a fragment (`#`, `#/components/schemas/Order`; RFC 6901 §6) names something in a document. */
export function pointerExists(document: unknown, fragment: string): boolean {
  if (fragment === '#' || fragment === '') return true;
  const pointer = decode(fragment.slice(1));
  if (!pointer?.startsWith('/')) return false;
  let node = document;
  for (const token of pointer.slice(1).split('/')) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return false;
    node = (node as Record<string, unknown>)[key];
  }
  return true;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
