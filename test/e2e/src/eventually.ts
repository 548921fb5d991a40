/** Asks until there is an answer; throws, naming `what`, when there is none in `withinMs`. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>, withinMs = 15_000): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > until) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
