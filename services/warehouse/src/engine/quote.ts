const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '`': '\\`', '\0': '\\0' };

/** A ClickHouse string literal. */
export function quoteText(text: string): string {
  return `'${text.replace(/[\\'\0]/g, (char) => escapes[char] ?? char)}'`;
}

/** A ClickHouse identifier in back quotes. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replace(/[\\`\0]/g, (char) => escapes[char] ?? char)}\``;
}
