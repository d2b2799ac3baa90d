/** Materialized views after a restore: filled in an order that works, whatever hides between them. */
import { expect, it } from "vitest";
import { dump, restore } from "../../src/index.ts";
import { createDatabase } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";

// By name and by what the catalogs tell, a_late would be filled first.
const HIDDEN = /* sql */ `
  create materialized view z_early as select 7 as n;
  create function reads_it() returns int language plpgsql stable as $$ begin return (select n from public.z_early); end $$;
  create materialized view a_late as select reads_it() as n;
  create materialized view b_after as select n + 1 as n from a_late;
  create materialized view never as select 1 as n with no data;`;
const STATE = "select relname, relispopulated from pg_class where relkind = 'm' order by 1";

it.each([["each in a transaction of its own", {}], ["in one transaction", { singleTransaction: true }], ["with errors tolerated", { continueOnError: true }]] as const)(
  "a materialized view that reads another through a function is filled after it, %s",
  async (_, options) => {
    await using folder = await temporaryFolder();
    await using source = await createDatabase(HIDDEN);
    await using target = await createDatabase();
    await dump(source.url, folder.file("a.ark"));
    await restore(folder.file("a.ark"), target.url, options);
    expect(await target.query(STATE)).toStrictEqual(await source.query(STATE));
    expect(await target.query("select n from b_after")).toStrictEqual([{ n: 8 }]);
  },
);

it("one that can never be filled ends the restore with its own error", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase(`${HIDDEN} refresh materialized view z_early with no data;`);
  await using target = await createDatabase();
  await dump(source.url, folder.file("a.ark"));
  await expect(restore(folder.file("a.ark"), target.url)).rejects.toThrow(/a_late.*has not been populated/s);
});

it("--clean drops a subscription and leaves its slot alone", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase("");
  const name = `sub_${source.name}`;
  await source.query(`create subscription "${name}" connection 'host=127.0.0.1 port=1 dbname=nowhere' publication p with (connect = false, slot_name = 'its_slot')`);
  await dump(source.url, folder.file("a.ark"));
  await restore(folder.file("a.ark"), source.url, { clean: true });
  expect(await source.query(`select subslotname::text as slot from pg_subscription where subname = '${name}'`)).toStrictEqual([{ slot: "its_slot" }]);
});
