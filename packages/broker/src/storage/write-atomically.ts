import type { FileHandle, FileSystem } from "@ottla/world";

/**
 * Puts a new content in the place of an old one: after a crash the file holds one or the other, never half of either. The name
 * is durable only after a sync of its folder.
 */
export async function writeAtomically(files: FileSystem, path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  await withFile(files, temporary, async (handle) => {
    handle.write([Buffer.from(text)], 0);
    await handle.datasync();
  });
  files.rename(temporary, path);
}

async function withFile(files: FileSystem, path: string, work: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = files.open(path, "w+");
  try {
    await work(handle);
  } finally {
    handle.close();
  }
}
