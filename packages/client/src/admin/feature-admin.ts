import { apiVersions, type KafkaProtocolError, updateFeatures } from "@ottla/protocol";
import type { AdminCluster, AdminOptions } from "./admin-retry.js";
import { answerError, throwRetriable } from "./answer-error.js";

/** A feature that brokers have levels of: `metadata.version`, `transaction.version`, `group.version`, … */
export interface Feature {
  readonly name: string;
  /** The level in use; 0 when it is not. */
  readonly level: number;
  /** What the broker that was asked can do; undefined where it is in use and the broker does not know it. */
  readonly supported: { readonly min: number; readonly max: number } | undefined;
}

/** A level to go to; 0 takes the feature out of use. */
export interface FeatureChange {
  readonly feature: string;
  readonly level: number;
  /** Whether the level may be lower than now: where nothing is lost by it, or also where something is. Default `"no"`. */
  readonly downgrade?: "no" | "safe" | "unsafe" | undefined;
}

/** What became of one change. Brokers from 4.0 on refuse all or none. */
export interface FeatureOutcome {
  readonly feature: string;
  readonly error?: KafkaProtocolError | undefined;
}

const upgradeTypes = { no: 1, safe: 2, unsafe: 3 } as const;
const softwareName = "ottla";

/** What the brokers of the cluster have agreed to do (KIP-584). */
export class FeatureAdmin {
  readonly #cluster: AdminCluster;

  /** @internal Made as `admin.features`. */
  constructor(cluster: AdminCluster) {
    this.#cluster = cluster;
  }

  /** Levels in use and supported, by name. @throws KafkaProtocolError */
  async describe(options?: AdminOptions): Promise<readonly Feature[]> {
    const body = (version: number) =>
      version >= 3 ? { clientSoftwareName: softwareName, clientSoftwareVersion: "admin" } : {};
    const response = await this.#cluster.request("any", apiVersions, body, options, ({ errorCode }) => {
      const error = answerError(errorCode, "describe features");
      if (error !== undefined) throw error;
    });
    const supported = new Map(
      response.supportedFeatures.map(({ name, minVersion, maxVersion }) => [
        name,
        { min: minVersion, max: maxVersion },
      ]),
    );
    const levels = new Map(response.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]));
    return [...new Set([...supported.keys(), ...levels.keys()])]
      .toSorted()
      .map((name) => ({ name, level: levels.get(name) ?? 0, supported: supported.get(name) }));
  }

  /** Changes levels in use: an outcome for each, in the order given. With `validateOnly` nothing changes. */
  async update(
    changes: readonly FeatureChange[],
    options?: AdminOptions & { readonly validateOnly?: boolean | undefined },
  ): Promise<readonly FeatureOutcome[]> {
    const body = (version: number) => ({
      featureUpdates: changes.map(({ feature, level, downgrade = "no" }) => ({
        feature,
        maxVersionLevel: level,
        ...(version >= 1 ? { upgradeType: upgradeTypes[downgrade] } : { allowDowngrade: downgrade !== "no" }),
      })),
      validateOnly: options?.validateOnly ?? false,
    });
    const response = await this.#cluster.request("controller", updateFeatures, body, options, ({ errorCode }) =>
      throwRetriable(errorCode, "update features"),
    );
    const whole = answerError(response.errorCode, "update features", response.errorMessage);
    return changes.map(({ feature }) => {
      const answer = response.results.find((each) => each.feature === feature);
      return { feature, error: whole ?? answerError(answer?.errorCode ?? 0, feature, answer?.errorMessage) };
    });
  }
}
