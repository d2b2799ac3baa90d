/** What people write by hand to merge rows: an INSERT … ON CONFLICT for each, committed on its own. */
import pg from "pg";

const [source, target, policy, rows] = process.argv.slice(2);
const from = new pg.Client({ database: source });
const into = new pg.Client({ database: target });
await Promise.all([from.connect(), into.connect()]);
// Half of the rows exist, as everywhere in the table.
const found = await from.query("select aid, bid, abalance, filler from public.accounts order by aid limit $1", [Number(rows)]);
const says = policy === "skip" ? "nothing" : "update set bid = excluded.bid, abalance = excluded.abalance, filler = excluded.filler";
const text = `insert into public.accounts (aid, bid, abalance, filler) values ($1, $2, $3, $4) on conflict (aid) do ${says}`;
for (const { aid, bid, abalance, filler } of found.rows) await into.query({ name: "merge", text, values: [aid, bid, abalance, filler] });
await Promise.all([from.end(), into.end()]);
