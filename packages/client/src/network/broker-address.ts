import { KafkaConfigError } from "../errors/kafka-config-error.js";

/** Where a broker listens. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, an IPv6 host in brackets. */
export const addressText = ({ host, port }: BrokerAddress): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

const form = /^(?:\[(?<v6>[0-9a-fA-F:.%a-z]+)\]|(?<name>[^:[\]\s]+)):(?<port>\d{1,5})$/;

/**
 * Reads `host:port` or `[ipv6]:port`.
 *
 * @throws {@link KafkaConfigError} when it is neither, or the port is not 1 to 65535.
 */
export function parseBrokerAddress(text: string): BrokerAddress {
  const groups = form.exec(text)?.groups;
  const host = groups?.v6 ?? groups?.name;
  const port = Number(groups?.port);
  if (host === undefined || !(port >= 1 && port <= 65535)) {
    throw new KafkaConfigError(`brokers: ${JSON.stringify(text)} is not host:port with a port from 1 to 65535`);
  }
  return { host, port };
}
