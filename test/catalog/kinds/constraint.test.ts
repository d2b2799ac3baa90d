import { expect, it } from "vitest";
import { constraint } from "../../../src/catalog/kinds/constraint.ts";
import { foreignKey } from "../../../src/catalog/kinds/foreign-key.ts";
import { index } from "../../../src/catalog/kinds/index.ts";
import { createDatabase } from "../../helpers/database.ts";
import { readNamed } from "./named.ts";

const CONTEXT = { separate: new Set<never>(), serverVersion: 170000 };

it("reads a key with its index, and writes what only the index knows", async () => {
  await using database = await createDatabase(`
    create table t (gone int, a int, b int, c int, constraint k primary key (b, a) include (c) with (fillfactor = 70) deferrable initially deferred);
    alter table t drop column gone, cluster on k;`);
  const [key] = await readNamed(database.url, constraint);
  expect(key).toStrictEqual({
    kind: "constraint", key: "pg_constraint/constraint k on table public.t", aliases: ["pg_class/index public.k"], schema: "public", name: "k", signature: "t", owner: null,
    type: "primary key", columns: ["b", "a"], include: ["c"], nullsNotDistinct: false, withoutOverlaps: false, deferrable: true, initiallyDeferred: true, exclusion: null,
    table: "t", tableKey: "pg_class/table public.t", indexDefinition: "CREATE UNIQUE INDEX k ON public.t USING btree (b, a) INCLUDE (c) WITH (fillfactor='70')",
    partitioned: false, parentIndex: null, options: ["fillfactor=70"], tablespace: null, clustered: true, replicaIdentity: false, statistics: [], oldNames: [],
  });
  expect(constraint.create(key!, CONTEXT)).toStrictEqual([
    "ALTER TABLE ONLY public.t ADD CONSTRAINT k PRIMARY KEY (b, a) INCLUDE (c) WITH (fillfactor='70') DEFERRABLE INITIALLY DEFERRED;",
    "ALTER TABLE public.t CLUSTER ON k;",
  ]);
});

it("reads an index with the statistics targets of its expressions", async () => {
  await using database = await createDatabase(`
    create table t (a int not null);
    create unique index i on t (a);
    create index e on t ((a + 1));
    alter index e alter column 1 set statistics 9;
    alter table t replica identity using index i;`);
  const indexes = await readNamed(database.url, index);
  const common = { kind: "index", schema: "public", signature: "t", owner: null, table: "t", tableKey: "pg_class/table public.t", partitioned: false, parentIndex: null, options: [], tablespace: null, clustered: false, needs: [], takesPartitions: false } as const;
  expect(indexes).toStrictEqual([
    {
      ...common, key: "pg_class/index public.e", name: "e", unique: false, indexDefinition: "CREATE INDEX e ON public.t USING btree (((a + 1)))",
      replicaIdentity: false, statistics: [{ column: 1, target: 9 }], oldNames: [],
    },
    {
      ...common, key: "pg_class/index public.i", name: "i", unique: true, indexDefinition: "CREATE UNIQUE INDEX i ON public.t USING btree (a)",
      replicaIdentity: true, statistics: [], oldNames: [],
    },
  ]);
  expect(indexes.flatMap((one) => index.create(one, CONTEXT))).toStrictEqual([
    "CREATE INDEX e ON public.t USING btree (((a + 1)));",
    "ALTER INDEX public.e ALTER COLUMN 1 SET STATISTICS 9;",
    "CREATE UNIQUE INDEX i ON public.t USING btree (a);",
    "ALTER TABLE ONLY public.t REPLICA IDENTITY USING INDEX i;",
  ]);
});

it("lets a foreign key to a partitioned table wait for every index below, and skips clones that bear its name", async () => {
  await using database = await createDatabase(`
    create table r (id int primary key) partition by range (id);
    create table r1 partition of r for values from (0) to (9) partition by range (id);
    create table r1a partition of r1 default;
    create table z (r int constraint to_r references r on delete cascade) partition by list (r);
    create table z1 partition of z default;`);
  const found = await readNamed(database.url, foreignKey);
  expect(found.map(({ needs, ...rest }) => ({ ...rest, needs: [...(needs ?? [])].sort() }))).toStrictEqual([
    {
      kind: "foreign-key", key: "pg_constraint/constraint to_r on table public.z", schema: "public", name: "to_r", signature: "z", owner: null,
      table: "z", tableKey: "pg_class/table public.z", partitioned: true, references: { key: "pg_class/table public.r", schema: "public", name: "r" },
      definition: "FOREIGN KEY (r) REFERENCES public.r(id) ON DELETE CASCADE", columns: ["r"], referencedColumns: ["id"],
      deferrable: false, initiallyDeferred: false, validated: true, clone: false, validatedAgain: false,
      referencedClones: [
        { bound: "FOR VALUES FROM (0) TO (9)", direct: true, name: "z_r_fkey", schema: "public", table: "r1" },
        { bound: "DEFAULT", direct: false, name: "z_r_fkey1", schema: "public", table: "r1a" },
      ],
      needs: ["index-attach/index public.r1_pkey", "index-attach/index public.r1a_pkey", "pg_class/table public.r", "pg_class/table public.z"],
    },
  ]);
  expect(foreignKey.create(found[0]!, CONTEXT)).toStrictEqual([
    "ALTER TABLE public.z ADD CONSTRAINT to_r FOREIGN KEY (r) REFERENCES public.r(id) ON DELETE CASCADE;",
    // Below sub-partitions the server may number the parts in another way.
    expect.stringContaining("VALUES ('public.r1', 'z_r_fkey'), ('public.r1a', 'z_r_fkey1')"),
  ]);
});
