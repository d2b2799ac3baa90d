/** What a change of a type's modifier does to values: `character varying(40)` to `character varying(20)`. Pure. */

/**
 * `none`: the stored value is the same, or the server refuses it. `shape`: the same value in other digits or blanks.
 * `lossy`: an explicit cast can cut or round it without a word.
 */
export type ModifierChange = "none" | "shape" | "lossy";

const QUOTED_OR_MODIFIER = /"(?:[^"]|"")*"|\([^)]*\)/g;

/** A `format_type` text without its modifier: `timestamp(3) with time zone` → `timestamp with time zone`. Good for to_regtype only. */
export function withoutModifier(type: string): string {
  return type.replaceAll(QUOTED_OR_MODIFIER, (match) => (match.startsWith('"') ? match : ""));
}

/** `10,2` of `numeric(10,2)[]`, `day to second(3)` of an interval. */
export function modifierOf(type: string): string | null {
  if (/^interval\b/.test(type)) return type.replace("interval", "").replace("[]", "").trim() || null;
  const found = type.match(QUOTED_OR_MODIFIER)?.find((match) => match.startsWith("("));
  return found === undefined ? null : found.slice(1, -1);
}

/**
 * What happens to values of the type with modifier `from` under modifier `to`; null is none. `typeName` is the name in
 * pg_type, of arrays the element's.
 */
export function modifierChange(typeName: string, from: string | null, to: string | null): ModifierChange {
  if (to === null || from === to) return "none";
  switch (typeName) {
    case "varchar":
    case "varbit":
      return from !== null && Number(from) <= Number(to) ? "none" : "lossy";
    case "bpchar":
      return from !== null && Number(from) <= Number(to) ? "shape" : "lossy";
    case "numeric": {
      if (from === null) return "lossy";
      const [was, will] = [scaleOf(from), scaleOf(to)];
      return was === will ? "none" : was < will ? "shape" : "lossy";
    }
    case "time":
    case "timetz":
    case "timestamp":
    case "timestamptz":
      return Number(from ?? MICROSECONDS) <= Number(to) ? "none" : "lossy";
    // Only one length is right, and their casts say so.
    case "vector":
    case "halfvec":
    case "sparsevec":
      return "none";
    default:
      return "lossy";
  }
}

/** Whether COPY refuses what does not fit the modifier, where a cast would cut it. Blanks at a text's end are cut all the same, as everywhere. */
export function copyRefuses(typeName: string): boolean {
  return ["varchar", "bpchar", "varbit", "bit"].includes(typeName);
}

const MICROSECONDS = 6;

function scaleOf(modifier: string): number {
  return Number(modifier.split(",")[1] ?? 0);
}
