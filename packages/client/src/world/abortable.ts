import { onAbort } from "./on-abort.js";

/**
 * `promise`, unless `signal` aborts first: then it rejects with the signal's reason, and what the promise stands for
 * goes on unobserved.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      promise.catch(() => {});
      return;
    }
    const release = onAbort(signal, () => reject(signal.reason));
    promise.then(
      (value) => {
        release();
        resolve(value);
      },
      (error: unknown) => {
        release();
        reject(error);
      },
    );
  });
}
