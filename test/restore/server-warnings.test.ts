/** What the server warns of while it makes the definitions reaches whoever listens; what it only notes does not. */
import { expect, it } from "vitest";
import { dump, restore } from "../../src/index.ts";
import { createDatabase } from "../helpers/database.ts";
import { temporaryFolder } from "../helpers/folder.ts";

it("a warning of the server is told once, a notice is not", async () => {
  await using folder = await temporaryFolder();
  await using source = await createDatabase("create table said (a int); create publication p; create subscription pgark_warns connection 'host=127.0.0.1 port=1' publication p with (connect = false, slot_name = none)");
  await using target = await createDatabase(`
    create function speak() returns event_trigger language plpgsql as $$ begin raise notice 'only noted'; raise warning 'said aloud'; end $$;
    create event trigger pgark_speaks on ddl_command_end when tag in ('CREATE TABLE') execute function speak();`);
  const told: string[] = [];
  await dump(source.url, `${folder.path}/a.ark`);
  await restore(`${folder.path}/a.ark`, target.url, { onEvent: (event) => void (event.type === "warning" && event.warning.code === "SERVER_WARNING" && told.push(event.warning.message)) });
  expect(told.filter((message) => message === "said aloud").length).toBe(1);
  expect(told.filter((message) => message.startsWith("subscription was created")).length).toBe(1);
  expect(told).not.toContain("only noted");
});
