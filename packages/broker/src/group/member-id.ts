import type { Random } from "@ottla/world";

// Ids are told in int16 strings, and a client id may be 32767 bytes long by itself.
const longestPrefix = 255;

/** A member id as Kafka makes them: who it is, and a random UUID. */
export function newMemberId(random: Random, clientId: string, instanceId: string | null): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return `${(instanceId ?? clientId).slice(0, longestPrefix)}-${groups.join("-")}`;
}
