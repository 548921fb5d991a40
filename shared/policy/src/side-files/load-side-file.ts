import { extname } from 'node:path';
import { parseYaml } from '../read/parse-yaml.js';
import { readTextFile } from '../read/read-text-file.js';

export type SideFile = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/** Reads and parses JSON or YAML; what is wrong is said in one line, to be shown where the file is referred to. */
export function loadSideFile(path: string, shownAs: string): SideFile {
  const file = readTextFile(path);
  if (!file.ok) return { ok: false, message: `the file "${shownAs}" ${file.message}` };
  if (extname(path).toLowerCase() === '.json') {
    const value = parseJson(file.text);
    if (value !== undefined) return { ok: true, value };
  }
  const parsed = parseYaml(shownAs, file.text);
  if (parsed.ok) return { ok: true, value: parsed.yaml.value };
  const { line, col, message } = parsed.problems[0]!;
  return { ok: false, message: `the file "${shownAs}" does not parse: ${line}:${col}: ${message}` };
}

/** Several times as fast as the YAML parser, which gets what this refuses, to say where it is wrong. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (key === '__proto__') throw new SyntaxError();
      return value;
    });
  } catch {
    return undefined;
  }
}
