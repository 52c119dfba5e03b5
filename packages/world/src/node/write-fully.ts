import { systemError } from "../system-error.js";

// writev takes at most IOV_MAX buffers a call.
const buffersPerCall = 1024;

/**
 * Writes all buffers from `position` on through `writev`, which may write less than it was given: a nearly full disk, a file size
 * limit or more than 2 GiB end a call inside some buffer. It goes on behind that, and the next call says why, if there is a reason.
 */
export function writeFully(
  writev: (buffers: readonly Uint8Array[], position: number) => number,
  buffers: readonly Uint8Array[],
  position: number,
): void {
  let at = position;
  let first = 0;
  let skipped = 0;
  while (first < buffers.length) {
    const call =
      first === 0 && buffers.length <= buffersPerCall ? buffers : buffers.slice(first, first + buffersPerCall);
    const pending = skipped === 0 ? call : [(call[0] as Uint8Array).subarray(skipped), ...call.slice(1)];
    const written = writev(pending, at);
    at += written;
    let left = written;
    let next = 0;
    for (; next < pending.length; next += 1) {
      const { byteLength } = pending[next] as Uint8Array;
      if (left < byteLength) break;
      left -= byteLength;
    }
    if (next === 0 && left === 0) throw systemError("EIO", "writev");
    skipped = next === 0 ? skipped + left : left;
    first += next;
  }
}
