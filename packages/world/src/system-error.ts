const meanings = {
  EADDRINUSE: { errno: -98, text: "address already in use" },
  EBADF: { errno: -9, text: "bad file descriptor" },
  EBUSY: { errno: -16, text: "resource busy or locked" },
  ECONNREFUSED: { errno: -111, text: "connection refused" },
  ECONNRESET: { errno: -104, text: "connection reset by peer" },
  EEXIST: { errno: -17, text: "file already exists" },
  EINVAL: { errno: -22, text: "invalid argument" },
  EIO: { errno: -5, text: "i/o error" },
  EISDIR: { errno: -21, text: "illegal operation on a directory" },
  EMFILE: { errno: -24, text: "too many open files" },
  ENOENT: { errno: -2, text: "no such file or directory" },
  ENOSPC: { errno: -28, text: "no space left on device" },
  ENOTDIR: { errno: -20, text: "not a directory" },
  ENOTEMPTY: { errno: -39, text: "directory not empty" },
  EPERM: { errno: -1, text: "operation not permitted" },
  EPIPE: { errno: -32, text: "broken pipe" },
  ETIMEDOUT: { errno: -110, text: "connection timed out" },
} as const;

/** The error codes a simulated part of the world can answer with; a subset of Node's. */
export type SystemErrorCode = keyof typeof meanings;

/** An error shaped as Node's own system errors: `code`, `errno`, `syscall`, `path`. */
export function systemError(code: SystemErrorCode, syscall: string, path?: string): Error {
  const { errno, text } = meanings[code];
  const error = new Error(`${code}: ${text}, ${syscall}${path === undefined ? "" : ` '${path}'`}`);
  return Object.assign(error, { code, errno, syscall, ...(path === undefined ? {} : { path }) });
}
