/** A password: its text, or what asks for it, for each connection anew. */
export type Secret = string | (() => string | Promise<string>);

export const reveal = async (secret: Secret): Promise<string> => (typeof secret === "function" ? secret() : secret);
