export type Env = Readonly<Record<string, string | undefined>>;

export type Substitution = { readonly text: string } | { readonly offset: number; readonly message: string };

/** Replaces each `${NAME}` by the variable's value, which is not looked into again; `$${` stands for a literal `${`. */
export function substituteEnv(text: string, env: Env): Substitution {
  let failure: Substitution | null = null;
  const replaced = text.replace(/(\$?)\$\{([^}]*)(\}?)/g, (whole, escape: string, name: string, brace: string, offset: number) => {
    if (escape !== '') return whole.slice(1);
    const message = explain(name, brace, env);
    if (message === null) return env[name]!;
    failure ??= { offset, message };
    return '';
  });
  return failure ?? { text: replaced };
}

function explain(name: string, brace: string, env: Env): string | null {
  if (brace === '' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return '"${" must be followed by the name of a variable and "}"; write "$${" for a literal "${"';
  return Object.hasOwn(env, name) && env[name] !== undefined ? null : `the environment variable ${name} is not set`;
}
