import { type Api, type ApiVersionsResponse, KafkaProtocolError } from "@ottla/protocol";

/** The versions of every API that one broker answers, and the features it says are in use. */
export class ApiVersionRanges {
  readonly #ranges: ReadonlyMap<number, { readonly minVersion: number; readonly maxVersion: number }>;
  readonly #features: ReadonlyMap<string, number>;
  readonly #broker: string;

  constructor(broker: string, response: ApiVersionsResponse) {
    this.#broker = broker;
    this.#ranges = new Map(response.apiKeys.map((range) => [range.apiKey, range]));
    this.#features = new Map(response.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]));
  }

  /** The finalized level of a feature, 0 where the broker says nothing of it. */
  featureLevel(feature: string): number {
    return this.#features.get(feature) ?? 0;
  }

  /**
   * The highest version that both sides have, at most `cap`.
   *
   * @throws {@link KafkaProtocolError} with `UNSUPPORTED_VERSION` when there is none.
   */
  best(api: Api, cap = Number.POSITIVE_INFINITY): number {
    const range = this.#ranges.get(api.key);
    const version = Math.min(api.maxVersion, range?.maxVersion ?? -1, cap);
    if (range === undefined || version < Math.max(api.minVersion, range.minVersion)) {
      const theirs = range === undefined ? "does not have it" : `has ${range.minVersion}-${range.maxVersion}`;
      const capped = Number.isFinite(cap) ? `, at most ${cap} here` : "";
      throw new KafkaProtocolError(
        "UNSUPPORTED_VERSION",
        `${api.name}: this client has ${api.minVersion}-${api.maxVersion}${capped}, broker ${this.#broker} ${theirs}`,
      );
    }
    return version;
  }
}
