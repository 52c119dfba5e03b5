/** A line per test with its time or the reason it failed or was skipped, then the totals alone on the last line. */
export default class TotalsReporter {
  #counts = { passed: 0, failed: 0, skipped: 0 };

  onTestCaseResult(test) {
    const { state, errors, note } = test.result();
    this.#counts[state] += 1;
    const reason = state === "skipped" ? (note ?? "") : `${Math.round(test.diagnostic()?.duration ?? 0)} ms`;
    console.log(`${state.padEnd(7)} ${test.fullName} (${reason})`);
    for (const error of errors ?? []) {
      const stack = (error.stacks ?? []).map(({ file, line }) => `    at ${file}:${line}`);
      console.log(
        [error.message, error.cause?.message ?? "", error.diff ?? "", ...stack]
          .filter((line) => line !== "")
          .join("\n"),
      );
    }
  }

  onUserConsoleLog({ content }) {
    process.stdout.write(content);
  }

  onTestRunEnd(modules, unhandled) {
    for (const module of modules) {
      for (const error of module.errors()) {
        this.#counts.failed += 1;
        console.log(`failed  ${module.relativeModuleId}\n${error.stack ?? error.message}`);
      }
    }
    for (const error of unhandled) {
      this.#counts.failed += 1;
      console.log(`failed  outside of a test\n${error.stack ?? error.message}`);
    }
    const { passed, failed, skipped } = this.#counts;
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    if (failed > 0) process.exitCode = 1;
  }
}
