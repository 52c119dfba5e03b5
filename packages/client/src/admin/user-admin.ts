import { pbkdf2Sync } from "node:crypto";
import { alterUserScramCredentials, describeUserScramCredentials, type KafkaProtocolError } from "@ottla/protocol";
import type { Random } from "@ottla/world";
import { KafkaConfigError } from "../errors/kafka-config-error.js";
import type { ScramMechanism } from "../security/scram.js";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError, throwRetriable } from "./answer-error.js";
import { wireNames } from "./wire-names.js";

/** How one user may sign in; `error` is set, and `credentials` empty, when that could not be read. */
export interface UserCredentials {
  readonly user: string;
  readonly credentials: readonly { readonly mechanism: ScramMechanism | "unknown"; readonly iterations: number }[];
  readonly error?: KafkaProtocolError | undefined;
}

/** A user's password for a mechanism, or its end. The password stays here: what a broker gets is derived from it. */
export type CredentialChange = RemovedCredential | NewCredential;

/** A user's password for a mechanism. */
export interface NewCredential {
  readonly user: string;
  readonly mechanism: ScramMechanism;
  readonly password: string;
  /** From 4,096 to 16,384. Default 8,192. */
  readonly iterations?: number | undefined;
}

/** The end of a user's password for a mechanism. */
export interface RemovedCredential {
  readonly user: string;
  readonly mechanism: ScramMechanism;
  readonly remove: true;
}

/** What became of the changes to one user: all, or with `error` none. */
export interface UserOutcome {
  readonly user: string;
  readonly error?: KafkaProtocolError | undefined;
}

const mechanisms = wireNames<ScramMechanism>({ "SCRAM-SHA-256": 1, "SCRAM-SHA-512": 2 });
const digests = { "SCRAM-SHA-256": { name: "sha256", length: 32 }, "SCRAM-SHA-512": { name: "sha512", length: 64 } };
const iterations = { least: 4_096, most: 16_384, default: 8_192 } as const;
const saltBytes = 24;

/** Users that sign in by SCRAM (KIP-554; Kafka from 2.7 on). */
export class UserAdmin {
  readonly #cluster: AdminCluster;
  readonly #random: Random;

  /** @internal Made as `admin.users`. */
  constructor(cluster: AdminCluster, random: Random) {
    this.#cluster = cluster;
    this.#random = random;
  }

  /** Mechanisms and iterations of users, of all without `users`. Nobody can read a password. */
  async describe(users?: readonly string[], options?: AdminOptions): Promise<readonly UserCredentials[]> {
    const body = { users: users?.map((name) => ({ name })) ?? null };
    const response = await this.#cluster.request("any", describeUserScramCredentials, body, options, (answer) => {
      const error = answerError(answer.errorCode, "describe users", answer.errorMessage);
      if (error !== undefined) throw error;
    });
    return response.results.map(({ user, errorCode, errorMessage, credentialInfos }) => ({
      user,
      credentials: credentialInfos.map((info) => ({
        mechanism: mechanisms.nameOf(info.mechanism),
        iterations: info.iterations,
      })),
      error: answerError(errorCode, `describe user "${user}"`, errorMessage),
    }));
  }

  /**
   * Sets and removes passwords: an outcome for each user named, in the order of their first change. Kafka takes one change of a user in
   * one call.
   *
   * @throws KafkaConfigError
   */
  async alter(changes: readonly CredentialChange[], options?: AdminOptions): Promise<readonly UserOutcome[]> {
    const body = {
      deletions: changes.flatMap((change) =>
        "remove" in change ? [{ name: change.user, mechanism: mechanisms.codeOf(change.mechanism) }] : [],
      ),
      upsertions: changes.flatMap((change) => ("remove" in change ? [] : [this.#derived(change)])),
    };
    const response = await this.#cluster.request("controller", alterUserScramCredentials, body, options, (answer) => {
      for (const { errorCode } of answer.results) throwRetriable(errorCode, "alter users");
    });
    return [...new Set(changes.map(({ user }) => user))].map((user) => {
      const answer = response.results.find((each) => each.user === user);
      return { user, error: answerError(answer?.errorCode ?? -1, `alter user "${user}"`, answer?.errorMessage) };
    });
  }

  #derived({ user, mechanism, ...change }: Extract<CredentialChange, { password: string }>) {
    const count = change.iterations ?? iterations.default;
    if (!Number.isInteger(count) || count < iterations.least || count > iterations.most) {
      const range = `from ${iterations.least} to ${iterations.most}`;
      throw new KafkaConfigError(`user "${user}": ${count} iterations, allowed are ${range}`);
    }
    const { name: digest, length } = digests[mechanism];
    const salt = this.#random.bytes(saltBytes);
    const saltedPassword = pbkdf2Sync(change.password, salt, count, length, digest);
    return { name: user, mechanism: mechanisms.codeOf(mechanism), iterations: count, salt, saltedPassword };
  }
}
