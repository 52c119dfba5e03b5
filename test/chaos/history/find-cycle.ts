/** What follows from what. */
export type Edges = Map<string, Set<string>>;

/** A path that ends where it began, or `undefined`. Not recursive: a history may hold a long chain. */
export function findCycle(edges: Edges): readonly string[] | undefined {
  const finished = new Set<string>();
  for (const start of edges.keys()) {
    const path: string[] = [];
    const onPath = new Set<string>();
    const open: { readonly node: string; readonly next: Iterator<string> }[] = [];
    const enter = (node: string): void => {
      path.push(node);
      onPath.add(node);
      open.push({ node, next: (edges.get(node) ?? new Set<string>()).values() });
    };
    if (!finished.has(start)) enter(start);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { value, done } = top.next.next();
      if (done === true) {
        finished.add(top.node);
        onPath.delete(top.node);
        path.pop();
        open.pop();
      } else if (onPath.has(value)) {
        return [...path.slice(path.indexOf(value)), value];
      } else if (!finished.has(value)) {
        enter(value);
      }
    }
  }
  return undefined;
}
