/** What makes a view: its query and its options. Shared by the view and by its ON SELECT rule, either of which may say it. */
import { storageParameters, withClause } from "./relation-fragments.ts";

export interface ViewDefinition {
  /** The query, without a semicolon. */
  readonly query: string;
  /** `security_barrier=true` … */
  readonly options: readonly string[];
  /** Null also where it stands among the options: the clause puts it behind them all. */
  readonly checkOption: "local" | "cascaded" | null;
}

/** Names and values of a `ViewDefinition`, for `json_build_object` on the relation `c`. */
export const VIEW_FIELDS = /* sql */ `
        'query', rtrim(pg_catalog.pg_get_viewdef(c.oid), ';'),
        'options', array(select o from unnest(c.reloptions) with ordinality x(o, position)
          where o not like 'check\\_option=%' or position < cardinality(c.reloptions) order by position),
        'checkOption', (select substr(o, 14) from unnest(c.reloptions) with ordinality x(o, position)
          where o like 'check\\_option=%' and position = cardinality(c.reloptions))`;

/** What follows the view's name in `CREATE VIEW`. */
export function viewBody(view: ViewDefinition): string {
  const check = view.checkOption === null ? "" : `\n  WITH ${view.checkOption.toUpperCase()} CHECK OPTION`;
  return `${withClause(storageParameters(view.options))} AS\n${view.query}${check}`;
}
