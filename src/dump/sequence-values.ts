/**
 * Where each sequence stands. Sequences are not transactional: a value read after the snapshot was taken is at
 * least as far as any row that the snapshot sees, which is the right side to err on.
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { AnyObject, Key } from "../catalog/kind.ts";
import { qualified } from "../catalog/quote.ts";
import { type Family, familyOf } from "../selection/family.ts";
import type { Selection } from "../selection.ts";
import type { Session } from "../session/session.ts";

export interface SequenceValue {
  readonly lastValue: string;
  readonly isCalled: boolean;
}

interface SequenceName {
  readonly key: Key;
  readonly schema: string;
  readonly name: string;
  /** The table with whose column it is selected. */
  readonly table: Key | null;
}

/** From 18 on one function reads all; before, each sequence is a relation of one row, read many to a statement. */
const READS_ALL = 180_000;
const SEQUENCES_PER_CALL = 5_000;
const SEQUENCES_PER_STATEMENT = 500;

/** Key of each sequence and identity whose value is wanted → where it stands. */
export async function readSequences(session: Session, catalog: Catalog, selection: Selection): Promise<ReadonlyMap<Key, SequenceValue>> {
  const ofExtensions = catalog.objects.flatMap((object) => (object.kind === "extension" ? object.configTables.flatMap(({ key }) => catalog.members.get(key) ?? []) : []));
  const ancestors = familyOf(catalog.objects.filter((object) => object.kind === "table" || object.kind === "foreign-table"));
  const sequences = [...catalog.objects, ...ofExtensions].flatMap(sequenceName).filter((sequence) => isWanted(sequence, catalog, selection, ancestors));
  const values = await readValues(session, sequences);
  return new Map(sequences.map(({ key }, index) => [key, values[index]!]));
}

function sequenceName(object: AnyObject): readonly SequenceName[] {
  return object.kind === "sequence" || object.kind === "identity" ? [{ key: object.key, schema: object.schema, name: object.name, table: object.tableKey }] : [];
}

/** A sequence is selected by its own name or with its table. */
function isWanted({ schema, name, table }: SequenceName, catalog: Catalog, selection: Selection, ancestors: Family): boolean {
  const owner = table === null ? undefined : catalog.byKey.get(table);
  return selection.rows(schema, name) || ((owner?.kind === "table" || owner?.kind === "foreign-table") && selection.relation(owner.schema, owner.name, ancestors(owner.schema, owner.name)));
}

/** The values in the order of the names. */
async function readValues(session: Session, sequences: readonly SequenceName[]): Promise<readonly SequenceValue[]> {
  const values: SequenceValue[] = [];
  const each = session.serverVersion >= READS_ALL ? SEQUENCES_PER_CALL : SEQUENCES_PER_STATEMENT;
  for (let from = 0; from < sequences.length; from += each) {
    const some = sequences.slice(from, from + each);
    const sql = session.serverVersion >= READS_ALL ? FROM_FUNCTION : fromRelations(some);
    const parameters = session.serverVersion >= READS_ALL ? [some.map(({ schema, name }) => qualified(schema, name))] : [];
    // Reading locks each sequence until the transaction ends, and nobody needs those locks.
    await session.execute("SAVEPOINT pgark_sequences");
    for (const value of await session.query<SequenceValue>(sql, parameters)) values.push(value);
    await session.execute("ROLLBACK TO SAVEPOINT pgark_sequences; RELEASE SAVEPOINT pgark_sequences");
  }
  return values;
}

const FROM_FUNCTION = /* sql */ `
  select d.last_value::text as "lastValue", d.is_called as "isCalled"
  from unnest($1::text[]) with ordinality as s(name, position),
       pg_catalog.pg_get_sequence_data(s.name::pg_catalog.regclass) d
  order by s.position`;

function fromRelations(sequences: readonly SequenceName[]): string {
  const selects = sequences.map(({ schema, name }, position) => `select ${position} as position, last_value, is_called from ${qualified(schema, name)}`);
  return `select last_value::text as "lastValue", is_called as "isCalled" from (${selects.join(" union all ")}) s order by position`;
}
