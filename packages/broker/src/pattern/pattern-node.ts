/** Whether one character (a code point) fits. */
export type CharacterTest = (character: string) => boolean;

/** A parsed regular expression. */
export type PatternNode =
  | { readonly kind: "character"; readonly test: CharacterTest }
  | { readonly kind: "start" }
  | { readonly kind: "end" }
  | { readonly kind: "sequence"; readonly nodes: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly nodes: readonly PatternNode[] }
  | {
      readonly kind: "repeat";
      readonly node: PatternNode;
      readonly min: number;
      /** `undefined` for no limit. */
      readonly max: number | undefined;
    };

/** A regular expression that is not one. The text says what and where. */
export class InvalidPatternError extends Error {
  override readonly name = "InvalidPatternError";
  readonly code = "INVALID_REGULAR_EXPRESSION";
}
