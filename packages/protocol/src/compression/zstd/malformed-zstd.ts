import { MalformedMessageError } from "../../errors/malformed-message.js";

export const malformedZstd = (what: string): MalformedMessageError => new MalformedMessageError(`zstd: ${what}`);
