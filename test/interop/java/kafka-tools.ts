import { expect } from "vitest";
import { Child } from "../../kit/child.js";
import { javaCommand } from "./java.js";

/** What a tool printed, and how it ended. */
export interface ToolRun {
  readonly status: number;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** Kafka's command line tools, one after the other in one JVM (`Tools.java`), against one broker. It is killed when the test ends. */
export class KafkaTools {
  readonly #server: readonly string[];
  readonly #child: Child;
  #runs = 0;

  constructor(bootstrap: string) {
    this.#server = ["--bootstrap-server", bootstrap];
    const [program = "", ...args] = javaCommand("Tools");
    this.#child = new Child(program, args, { input: true });
  }

  /** Runs a tool that must end well, and answers the lines that it printed, without empty ones. */
  async run(main: string, args: string, input?: string): Promise<readonly string[]> {
    const { status, lines, errors } = await this.attempt(main, args, input);
    expect(status, `${main} ${args}\n${errors}\n${lines.join("\n")}`).toBe(0);
    return lines;
  }

  /** Runs a tool, whatever it says. Its arguments are separated by spaces. */
  attempt(main: string, args: string, input = ""): Promise<ToolRun> {
    return this.java(`org.apache.kafka.tools.${main}`, [...this.#server, ...args.split(" ")], input);
  }

  /** Runs the main method of any class, with these arguments and no others. */
  async java(main: string, args: readonly string[], input = ""): Promise<ToolRun> {
    const id = this.#runs++;
    this.#child.write(`${JSON.stringify({ id, main, args, input })}\n`);
    const answer = JSON.parse(await this.#child.line((line) => line.startsWith(`{"id":${id},`)));
    const { status, out, err } = answer as { readonly status: number; readonly out: string; readonly err: string };
    return { status, lines: out.split("\n").filter((line) => line.trim() !== ""), errors: err };
  }
}

/** Runs a tool that ends its process by itself, in a JVM of its own; answers what it printed. */
export async function tool(main: string, ...args: readonly string[]): Promise<readonly string[]> {
  const [program = "", ...rest] = javaCommand(`org.apache.kafka.tools.${main}`);
  const child = new Child(program, [...rest, ...args]);
  expect(await child.ended(), `${child.errors}\n${child.lines.join("\n")}`).toBe(0);
  return child.lines;
}

/** The rows below the line of titles, their cells by title. */
export function table(
  lines: readonly string[],
  separator: RegExp = /\s+/,
): readonly Readonly<Record<string, string>>[] {
  const [titles = [], ...rows] = lines.map((line) => line.trimEnd().split(separator));
  return rows.map((row) => Object.fromEntries(titles.map((title, index) => [title.trim(), (row[index] ?? "").trim()])));
}
