const lowestEscape = 0xdc00;

/**
 * The text of bytes. Those that are not UTF-8 become the lone surrogates U+DC80 to U+DCFF, so that no byte is lost: a
 * `.proto` text may hold any bytes by its escapes.
 */
export function textOfBytes(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (!text.includes("\ufffd")) return text;
  const parts: string[] = [];
  for (let position = 0; position < bytes.length; ) {
    const length = lengthOfCharacter(bytes, position);
    parts.push(
      length === 0
        ? String.fromCharCode(lowestEscape + (bytes[position] ?? 0))
        : bytes.toString("utf8", position, position + length),
    );
    position += length || 1;
  }
  return parts.join("");
}

/** The reverse of {@link textOfBytes}. */
export function bytesOfText(text: string): Buffer {
  if (!/[\udc80-\udcff]/.test(text)) return Buffer.from(text);
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const isByte = code >= lowestEscape + 0x80 && code <= lowestEscape + 0xff;
    parts.push(isByte ? Buffer.of(code - lowestEscape) : Buffer.from(character));
  }
  return Buffer.concat(parts);
}

/** How many bytes the UTF-8 character here has; none where there is not one. */
function lengthOfCharacter(bytes: Buffer, position: number): number {
  const first = bytes[position] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || position + length > bytes.length) return 0;
  const character = bytes.subarray(position, position + length);
  return Buffer.from(character.toString("utf8")).equals(character) ? length : 0;
}
