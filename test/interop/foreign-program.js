import { createInterface } from "node:readline";

export const unpack = (text) => (text === null ? null : Buffer.from(text, "base64"));
export const pack = (bytes) => (bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString("base64"));

/** The loop of a foreign client's program: a JSON command per line in, a JSON answer per line out. */
export async function serve(commands) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, do: name, ...given } = JSON.parse(line);
    let reply;
    try {
      reply = { id, answer: (await commands[name](given)) ?? null };
    } catch (error) {
      reply = { id, error: String(error?.stack ?? error) };
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
}
