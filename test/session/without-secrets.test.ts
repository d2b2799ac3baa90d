import { describe, expect, test } from "vitest";
import { refuseSecrets } from "../../src/cli/secrets.ts";
import { type ConnectionEnvironment, resolveConnection } from "../../src/session/conninfo.ts";
import { nodeIo } from "../../src/io/io.ts";
import { withoutSecrets } from "../../src/session/without-secrets.ts";

/** Nothing but what is written decides. */
const bare: ConnectionEnvironment = { env: { PGSSLROOTCERT: "" }, io: nodeIo, osUser: "somebody", homeDirectory: "/nonexistent" };

describe("a connection written down again leads to the same place and holds no secret", () => {
  test.each([
    ["postgres://me:s3cret@db.example:5433/shop", "postgresql://me@db.example:5433/shop"],
    ["postgres://m%40e:s3%2Fcret@[::1]/sh%20op?sslmode=require&application_name=a%26b", "postgresql://m%40e@[::1]:5432/sh%20op?sslmode=require&application_name=a%26b"],
    ["postgres://me@one,two:5433/shop?target_session_attrs=read-write&password=s3cret", "postgresql://me@one:5432,two:5433/shop?target_session_attrs=read-write"],
    ["host=/run/pg dbname='it\\'s' user=me password='s3 cret' port=5434", "postgresql://me@/it's?host=%2Frun%2Fpg&port=5434"],
    ["host=db hostaddr=127.0.0.1 dbname=shop user=me sslpassword=s3cret", "postgresql://me@/shop?host=db&port=5432&hostaddr=127.0.0.1"],
    ["host=127.0.0.1 user=me dbname=shop options='-c geqo=off -c work_mem=8MB'", "postgresql://me@127.0.0.1:5432/shop?options=-c%20geqo%3Doff%20-c%20work_mem%3D8MB"],
  ])("%s", async (text, expected) => {
    const settings = await resolveConnection(text, bare);
    const written = withoutSecrets(text, settings);
    expect(written).toBe(expected);
    expect(() => refuseSecrets(["--url", written])).not.toThrow();
    const again = await resolveConnection(written, bare);
    expect({ ...again, password: null, certificates: null }).toStrictEqual({ ...settings, password: null, certificates: null });
    expect(again.password).toBeUndefined();
  });

  test.each([[undefined], ["shop"]])("what the environment decided for %s is written out", async (text) => {
    const env = { PGHOST: "db", PGPORT: "5433", PGUSER: "me", PGPASSWORD: "s3cret", PGDATABASE: "shop" };
    expect(withoutSecrets(text, await resolveConnection(text, { ...bare, env }))).toBe("postgresql://me@db:5433/shop");
  });
});
