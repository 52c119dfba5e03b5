export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A socket the broker listens on. */
export interface ListenerOptions {
  /** Kafka's listener name; upper case letters, digits, `_` and `-`. */
  readonly name: string;
  /** Address to bind; `0.0.0.0` or `::` for all. Default `127.0.0.1`. */
  readonly host?: string;
  /** 0 picks a free port. */
  readonly port: number;
  /**
   * What Metadata tells clients of this listener. A part not given is what the listener is bound to; an address bound
   * to all interfaces is told as `127.0.0.1`.
   */
  readonly advertised?: Partial<Address>;
}

const wildcards = new Set(["0.0.0.0", "::", ""]);

/** The address told to clients of a listener, now that its port is known. */
export function advertisedAddress({ host, advertised }: ListenerOptions, bound: Address): Address {
  // "localhost" may be two addresses to a client and one to us: the bound one is told.
  const isNumeric = /^[\d.]+$|:/.test(host ?? "");
  const own = host === undefined || isNumeric || host === "localhost" ? bound.host : host;
  return {
    host: advertised?.host ?? (wildcards.has(own) ? "127.0.0.1" : own),
    port: advertised?.port ?? bound.port,
  };
}

/** @throws RangeError when names repeat or are not names. */
export function checkListeners(listeners: readonly ListenerOptions[]): void {
  if (listeners.length === 0) throw new RangeError("A broker needs at least one listener");
  const names = new Set<string>();
  for (const { name, port } of listeners) {
    if (!/^[A-Z][A-Z0-9_-]*$/.test(name))
      throw new RangeError(`Listener name "${name}" is not upper case letters, digits, _ or -`);
    if (names.has(name)) throw new RangeError(`Two listeners are named ${name}`);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new RangeError(`Listener ${name}: port ${port} is not 0..65535`);
    names.add(name);
  }
}
