interface Listeners {
  readonly all: Set<() => void>;
  readonly told: () => void;
}

const listenersOf = new WeakMap<AbortSignal, Listeners>();

/**
 * Calls `listener` when a signal that has not aborted does; answers what stops that, which is to be called however the
 * wait ends.
 *
 * However many wait, the signal itself has one listener: it goes through all it has for each that comes, so that thousands
 * would cost their square, and Node warns of a leak from the eleventh on.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = listenersOf.get(signal) ?? begin(signal);
  listeners.all.add(listener);
  return () => {
    if (listeners.all.delete(listener) && listeners.all.size === 0) end(signal, listeners);
  };
}

function begin(signal: AbortSignal): Listeners {
  const all = new Set<() => void>();
  const told = (): void => {
    listenersOf.delete(signal);
    for (const listener of all) listener();
    all.clear();
  };
  const listeners: Listeners = { all, told };
  listenersOf.set(signal, listeners);
  signal.addEventListener("abort", told, { once: true });
  return listeners;
}

function end(signal: AbortSignal, listeners: Listeners): void {
  listenersOf.delete(signal);
  signal.removeEventListener("abort", listeners.told);
}
