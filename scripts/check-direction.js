// Dependencies point down only. What each workspace may import of the others; its own files by relative paths that stay
// inside it. Tests and test kits never leak into what is shipped.
import { readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import ts from "typescript";

const anything =
  /^(@ottla\/(world|protocol|broker|client|schema-registry|outbox|testing|kafkajs|schema-check|postgres-launcher)(\/.+)?|ottla)$/;
const mayImport = {
  "packages/world": /^$/,
  "packages/protocol": /^$/,
  "packages/broker": /^@ottla\/(protocol|world)$/,
  "packages/client": /^@ottla\/(protocol|world)$/,
  "packages/schema-registry": /^@ottla\/(client|protocol|world)(\/.+)?$/,
  "packages/outbox": /^@ottla\/(client|world)(\/.+)?$/,
  "packages/postgres-launcher": /^$/,
  "packages/kafkajs": /^@ottla\/(client|protocol|world)(\/.+)?$/,
  "packages/schema-check": /^@ottla\/schema-registry(\/.+)?$/,
  "packages/testing": /^@ottla\/(broker|client|schema-registry|protocol|world)(\/.+)?$/,
  "apps/cli": anything,
  "apps/orders": anything,
  test: anything,
  bench: anything,
  docs: anything,
};

const isTest = (file) => /\.(test|test-kit)\.ts$/.test(file);
const mayBeInTests = /^@ottla\/postgres-launcher$/;
const complaints = [];
for (const [home, allowed] of Object.entries(mayImport)) {
  for (const file of sourcesOf(home)) {
    for (const { fileName: specifier } of ts.preProcessFile(readFileSync(file, "utf8")).importedFiles) {
      if (specifier.startsWith(".")) checkRelative(home, file, specifier);
      else if (anything.test(specifier) && !allowed.test(specifier) && !(isTest(file) && mayBeInTests.test(specifier)))
        complaints.push(`${file} must not import ${specifier}`);
    }
  }
}
for (const complaint of complaints) console.error(complaint);
console.log(complaints.length === 0 ? "dependencies point down" : `${complaints.length} imports point the wrong way`);
process.exitCode = complaints.length === 0 ? 0 : 1;

function sourcesOf(home) {
  return ts.sys
    .readDirectory(home, [".ts"], ["**/node_modules", "**/dist"])
    .map((file) => relative(process.cwd(), file).split(sep).join("/"));
}

function checkRelative(home, file, specifier) {
  const target = join(dirname(file), specifier).split(sep).join("/").replace(/\.js$/, ".ts");
  // Tests of several packages may look inside them: a simulated disk is held against the log's own recovery.
  if (!target.startsWith(`${home}/`) && home !== "test")
    complaints.push(`${file} reaches out of ${home}: ${specifier}`);
  if (isTest(target) && !isTest(file) && !home.startsWith("test"))
    complaints.push(`${file} ships a test file: ${specifier}`);
}
