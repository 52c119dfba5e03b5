import { afterAll, beforeAll, expect, it } from "vitest";
import { PackedProject } from "../packaging/packed-project.js";

let project: PackedProject;
beforeAll(() => {
  project = new PackedProject();
  project.alias("kafkajs", "@ottla/kafkajs");
  // Copies, so that what they require is looked for in the project.
  for (const name of ["common", "core", "microservices"]) project.copy(`@nestjs/${name}`);
  for (const peer of ["reflect-metadata", "rxjs"]) project.link(peer);
  project.link("@types/node");
  project.add("../kafkajs/nest");
});
afterAll(() => project?.remove());

it("NestJS's Kafka transport asks, answers and emits on this package under kafkajs's name", () => {
  const printed = project.node(["nest/main.cjs"]);
  expect(JSON.parse(printed)).toEqual({
    kafkajs: "@ottla/kafkajs",
    // Nest's parser leaves what is neither an object nor an array as text.
    sums: ["6", "30", "5"],
    refused: { status: "error", message: "it cannot be done" },
    events: [1, 2, 3, 4, 5].map((id) => [id, true, "orders.created", "acme"]),
    failures: 2,
    replyPartitions: 2,
  });
});

it.each([
  { title: "CommonJS, resolved as before there was `exports`", module: "commonjs", resolution: "node10" },
  { title: "CommonJS that may require ES modules", module: "nodenext", resolution: "nodenext" },
])("code that is written for kafkajs compiles under its name: $title", ({ module, resolution }) => {
  const options = ["--module", module, "--moduleResolution", resolution, "--target", "es2022", "--strict", "--noEmit"];
  const quiet = ["--ignoreDeprecations", "6.0", "--skipLibCheck", "--types", "node"];
  expect(project.tool("tsc", [...options, ...quiet, "nest/old-code.ts"])).toBe("");
});
