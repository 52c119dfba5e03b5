import type { Git } from "./git.js";

/** The contents of blobs by their ids. What is not there is left out. */
export async function blobs(git: Git, ids: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids)];
  const found = new Map<string, string>();
  if (wanted.length === 0) return found;
  const out = await git.run(["cat-file", "--batch"], `${wanted.join("\n")}\n`);
  let at = 0;
  while (at < out.length) {
    const end = out.indexOf(0x0a, at);
    if (end < 0) break;
    const [id = "", type = "", size] = out.toString("utf8", at, end).split(" ");
    at = end + 1;
    if (type === "missing" || size === undefined) continue;
    const length = Number(size);
    if (type === "blob") found.set(id, out.toString("utf8", at, at + length));
    at += length + 1;
  }
  return found;
}
