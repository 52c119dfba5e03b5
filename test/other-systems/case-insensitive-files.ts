import type { FileSystem } from "@ottla/world";

/** Files whose names keep their case and are found in any, as on macOS and Windows. Paths are absolute, with slashes. */
export function caseInsensitiveFiles(files: FileSystem): FileSystem {
  const found = (path: string): string =>
    path
      .split("/")
      .slice(1)
      .reduce((folder, name) => {
        const names = files.stat(folder === "" ? "/" : folder)?.isDirectory
          ? files.list(folder === "" ? "/" : folder)
          : [];
        return `${folder}/${names.find((each) => each.toLowerCase() === name.toLowerCase()) ?? name}`;
      }, "");
  return {
    open: (path, mode) => files.open(found(path), mode),
    makeDirectory: (path) => files.makeDirectory(found(path)),
    list: (path) => files.list(found(path)),
    stat: (path) => files.stat(found(path)),
    rename: (from, to) => files.rename(found(from), found(to)),
    unlink: (path) => files.unlink(found(path)),
    removeDirectory: (path) => files.removeDirectory(found(path)),
    syncDirectory: (path) => files.syncDirectory(found(path)),
  };
}
