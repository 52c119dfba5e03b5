// The arrows of docs/decisions.md: protocol <- broker; protocol <- client <- schema-registry, outbox; apps, test and bench on top.
const inPackage = (names) => `^packages/(${names})/`;

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "world-and-protocol-stand-alone",
      severity: "error",
      from: { path: inPackage("world|protocol") },
      to: { path: "^(packages|apps|test|bench)/", pathNot: "^packages/(world|protocol)/" },
    },
    {
      name: "protocol-has-no-world",
      severity: "error",
      from: { path: inPackage("protocol") },
      to: { path: inPackage("world") },
    },
    {
      name: "broker-knows-protocol-and-world-only",
      severity: "error",
      from: { path: inPackage("broker") },
      to: { path: "^(packages|apps|test|bench)/", pathNot: inPackage("broker|protocol|world") },
    },
    {
      name: "client-knows-protocol-and-world-only",
      severity: "error",
      from: { path: inPackage("client") },
      to: { path: "^(packages|apps|test|bench)/", pathNot: inPackage("client|protocol|world") },
    },
    {
      name: "registry-and-outbox-stand-on-the-client",
      severity: "error",
      from: { path: inPackage("schema-registry|outbox") },
      to: {
        path: "^(packages|apps|test|bench)/",
        pathNot: ["^packages/$1/", inPackage("client|protocol|world")],
      },
    },
    {
      name: "nothing-imports-apps-test-or-bench",
      severity: "error",
      from: { pathNot: "^(test|bench)/" },
      to: { path: "^(test|bench)/" },
    },
    {
      name: "nobody-imports-an-app",
      severity: "error",
      from: { pathNot: "^apps/" },
      to: { path: "^apps/", pathNot: "^apps/cli/dist/" },
    },
    {
      name: "tests-stay-out-of-what-is-shipped",
      severity: "error",
      from: { path: "^(packages|apps)/[^/]+/src/", pathNot: "\\.(test|test-kit)\\.ts$" },
      to: { path: "\\.(test|test-kit)\\.ts$" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "default"] },
  },
};
