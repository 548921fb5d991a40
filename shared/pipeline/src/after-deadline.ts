/** Calls back `graceMs` after the deadline (wall clock), wherever that has moved meanwhile. The result calls it off. */
export function afterDeadline(request: { readonly deadlineMs: number }, graceMs: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const wait = () => {
    const leftMs = request.deadlineMs + graceMs - Date.now();
    timer = leftMs > 0 ? setTimeout(wait, leftMs) : setTimeout(callback);
  };
  wait();
  return () => clearTimeout(timer);
}
