import { expect, it } from "vitest";
import { baseOfCi } from "./base.js";

it.each([
  ["GitHub, a pull request", { GITHUB_BASE_REF: "main" }, "origin/main"],
  ["GitLab, a merge request", { CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "release/1" }, "origin/release/1"],
  ["GitLab, a push", { CI_COMMIT_BEFORE_SHA: "4f2c1d9" }, "4f2c1d9"],
  ["GitLab, a new branch", { CI_COMMIT_BEFORE_SHA: "0000000000000000000000000000000000000000" }, undefined],
  ["Azure", { SYSTEM_PULLREQUEST_TARGETBRANCH: "refs/heads/main" }, "origin/main"],
  ["Bitbucket", { BITBUCKET_PR_DESTINATION_BRANCH: "main" }, "origin/main"],
  ["Buildkite", { BUILDKITE_PULL_REQUEST_BASE_BRANCH: "main" }, "origin/main"],
  ["Jenkins", { CHANGE_TARGET: "main" }, "origin/main"],
  ["no CI system", {}, undefined],
])("takes the base from %s", (_, env, base) => {
  expect(baseOfCi(env)).toBe(base);
});
