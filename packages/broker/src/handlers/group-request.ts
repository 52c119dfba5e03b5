import { KafkaProtocolError } from "@ottla/protocol";

// What is kept of a group is written in int16 strings. A request's are no longer than that, but bytes that are not UTF-8
// are read as characters of three bytes each. Later, when a timer wants the group kept, nobody would be there to be told.
const longest = 32_767;

/** @throws {@link KafkaProtocolError} `INVALID_REQUEST` for text that no record can hold. */
export function checkLength(what: string, text: string): void {
  if (text.length * 3 > longest && Buffer.byteLength(text) > longest) {
    throw new KafkaProtocolError(
      "INVALID_REQUEST",
      `A ${what} of ${Buffer.byteLength(text)} bytes, at most ${longest}`,
    );
  }
}

/** Members need a group with a name; offsets may be kept under an empty one. @throws {@link KafkaProtocolError} */
export function checkGroupId(groupId: string): void {
  if (groupId === "") throw new KafkaProtocolError("INVALID_GROUP_ID", "The group id is empty");
  checkLength("group id", groupId);
}
