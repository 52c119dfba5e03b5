import type { Random } from "@ottla/world";

/**
 * A UUID of version 7 (RFC 9562): the time, then random bits. Ids made later sort later, which keeps the index on them
 * small to write; nothing else rests on their order.
 */
export function newMessageId(now: number, random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = 0x70 | (bytes.readUInt8(6) & 0x0f);
  bytes[8] = 0x80 | (bytes.readUInt8(8) & 0x3f);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
