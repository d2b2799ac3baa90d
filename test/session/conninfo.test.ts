import { homedir } from "node:os";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPgarkError } from "../../src/errors.ts";
import type { Io } from "../../src/io/io.ts";
import { nodeIo } from "../../src/io/io.ts";
import { describeConnection, redact, resolveConnection, systemEnvironment, withDatabase } from "../../src/session/conninfo.ts";
import type { ConnectionEnvironment, ConnectionSettings } from "../../src/session/conninfo.ts";
import { parseKeywordValue, quoteValue } from "../../src/session/keyword-value.ts";
import { findPassword } from "../../src/session/passfile.ts";

interface FakeFile {
  readonly text: string;
  readonly mode?: number;
  readonly directory?: boolean;
}

/** Surroundings with nothing in them but what the test puts there. */
function surroundings(env: Record<string, string> = {}, files: Record<string, string | FakeFile> = {}): ConnectionEnvironment {
  const find = (path: string): FakeFile | undefined => {
    const file = files[path];
    return typeof file === "string" ? { text: file, mode: 0o600 } : file;
  };
  const io: Io = {
    ...nodeIo,
    async readText(path) {
      const file = find(path);
      if (file === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
      return file.text;
    },
    async stat(path) {
      const file = find(path);
      return file === undefined ? null : { sizeBytes: file.text.length, mode: 0o100000 | (file.mode ?? 0o600), modifiedMs: 0, directory: file.directory ?? false };
    },
  };
  return { env, io, osUser: "ossie", homeDirectory: "/home/ossie" };
}

/** The parts that tell where a connection goes. */
function target(settings: ConnectionSettings) {
  return { hosts: settings.hosts.map(({ host, port }) => `${host}:${port}`), user: settings.user, password: settings.password?.reveal(), database: settings.database };
}

async function messageOfFailure(text: string, environment = surroundings()): Promise<string> {
  const error = await resolveConnection(text, environment).then(
    () => new Error("resolved"),
    (thrown: unknown) => thrown,
  );
  if (!isPgarkError(error, "USAGE", "UNSUPPORTED", "CANNOT_CONNECT")) throw error;
  return error.message;
}

describe("connection texts", () => {
  const cases: readonly (readonly [string, ReturnType<typeof target>])[] = [
    ["", { hosts: ["localhost:5432"], user: "ossie", password: undefined, database: "ossie" }],
    ["rulesdb", { hosts: ["localhost:5432"], user: "ossie", password: undefined, database: "rulesdb" }],
    ["postgres://", { hosts: ["localhost:5432"], user: "ossie", password: undefined, database: "ossie" }],
    ["postgresql://h/db", { hosts: ["h:5432"], user: "ossie", password: undefined, database: "db" }],
    ["postgres://u:p%40ss%3A%2F@h:6000/d%20b", { hosts: ["h:6000"], user: "u", password: "p@ss:/", database: "d b" }],
    ["postgres://u@a:1,b,[::1]:3/d", { hosts: ["a:1", "b:5432", "::1:3"], user: "u", password: undefined, database: "d" }],
    ["postgres://u@%2Fvar%2Frun/d", { hosts: ["/var/run:5432"], user: "u", password: undefined, database: "d" }],
    ["postgres:///d?host=/tmp&port=7&user=x", { hosts: ["/tmp:7"], user: "x", password: undefined, database: "d" }],
    ["postgres://h?dbname=d&uselibpqcompat=true", { hosts: ["h:5432"], user: "ossie", password: undefined, database: "d" }],
    ["host=h dbname='my db' password=it\\'s\\ ok", { hosts: ["h:5432"], user: "ossie", password: "it's ok", database: "my db" }],
    [" host = a,b  port= 1,2 user='' dbname='q\\'\\\\'", { hosts: ["a:1", "b:2"], user: "ossie", password: undefined, database: "q'\\" }],
    ["host=a,b port=9", { hosts: ["a:9", "b:9"], user: "ossie", password: undefined, database: "ossie" }],
  ];
  it.each(cases)("reads %j", async (text, expected) => {
    expect(target(await resolveConnection(text, surroundings()))).toStrictEqual(expected);
  });

  it("reads back every value that it quotes", () => {
    const value = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(value, value, (password, dbname) => {
        const text = `password=${quoteValue(password)} dbname = ${quoteValue(dbname)}`;
        expect([...parseKeywordValue(text)]).toStrictEqual([["password", password], ["dbname", dbname]]);
      }),
    );
  });

  it("reads back every percent-encoded part of a URL", async () => {
    const part = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("\0"));
    await fc.assert(
      fc.asyncProperty(part, part, part, async (user, password, database) => {
        const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h/${encodeURIComponent(database)}`;
        expect(target(await resolveConnection(url, surroundings()))).toStrictEqual({ hosts: ["h:5432"], user, password, database });
      }),
    );
  });

  it("names an unknown keyword", async () => {
    const expected = 'invalid connection option "shoesize"';
    expect([await messageOfFailure("shoesize=43"), await messageOfFailure("postgres://h/d?shoesize=43")]).toStrictEqual([expected, expected]);
    expect(await messageOfFailure("toString=1")).toBe('invalid connection option "toString"');
  });

  it("quotes nothing of what may be a password when it cannot read the text", async () => {
    const texts = [
      "postgres://u:s3cr/et@h/d",
      "postgres://u:s3cr?et@h/d",
      "postgres://u:s3cr[et",
      "postgres://u:s3cr%zzet@h/d",
      "password=x s3cret host=h",
      "password='s3cret",
      "u:s3cret@h/d",
      "mysql://u:s3cret@h/d",
    ];
    for (const text of texts) expect(await messageOfFailure(text)).not.toMatch(/s3cr/);
  });

  it("refuses what it would have to weaken", async () => {
    for (const text of ["gssencmode=require", "requirepeer=postgres", "replication=database", "scram_client_key=x", "min_protocol_version=3.2", "host=@abstract"]) {
      await expect(resolveConnection(text, surroundings())).rejects.toMatchObject({ code: "UNSUPPORTED" });
    }
    expect(await messageOfFailure("sslmode=require sslnegotiation=postgres sslrootcert=system")).toMatch(/weak sslmode "require"/);
    expect(await messageOfFailure("sslnegotiation=direct")).toMatch(/weak sslmode "prefer"/);
    expect(await messageOfFailure("sslmode=verify-full host=h")).toMatch(/root certificate file "\/home\/ossie\/.postgresql\/root.crt" does not exist/);
  });
});

describe("where settings come from", () => {
  it("prefers what was said, then the service, then the environment, then the defaults", async () => {
    const env = { PGSERVICE: "s", PGHOST: "env", PGPORT: "1", PGUSER: "env", PGDATABASE: "env", PGPASSWORD: "env", PGAPPNAME: "env", PGCONNECT_TIMEOUT: "1", PGOPTIONS: "-c geqo=off", PGTZ: "UTC" };
    const files = { "/home/ossie/.pg_service.conf": "# mine\n[other]\nhost=wrong\n[s]\nhost=service\nport=2\nuser=service\n\n[after]\nuser=wrong\n" };
    const settings = await resolveConnection("user=said", surroundings(env, files));
    expect({ ...target(settings), app: settings.applicationName, timeout: settings.connectTimeoutMs, options: settings.options, sent: settings.startupParameters }).toStrictEqual({
      hosts: ["service:2"],
      user: "said",
      password: "env",
      database: "env",
      app: "env",
      timeout: 2000,
      options: "-c geqo=off",
      sent: { TimeZone: "UTC" },
    });
  });

  it("looks for a service in the user's file, then in the system's", async () => {
    const files = { "/home/ossie/.pg_service.conf": "[a]\nhost=mine\n", "/sys/pg_service.conf": "[a]\nhost=theirs\n[b]\nhost=theirs\nsslmode=disable\n" };
    const environment = surroundings({ PGSYSCONFDIR: "/sys" }, files);
    expect((await resolveConnection("service=a", environment)).hosts[0]?.host).toBe("mine");
    expect((await resolveConnection("service=b", environment)).sslmode).toBe("disable");
    expect(await messageOfFailure("service=c", environment)).toBe('definition of service "c" not found');
    expect(await messageOfFailure("service=a", surroundings({ PGSERVICEFILE: "/nowhere" }))).toBe('service file "/nowhere" not found');
  });

  it("uses a socket folder only when the server's socket is in it", async () => {
    const environment = surroundings({ PGPORT: "6000" }, { "/tmp/.s.PGSQL.6000": "" });
    expect(target(await resolveConnection("", environment)).hosts).toStrictEqual(["/tmp:6000"]);
  });

  it("connects to hostaddr and keeps host as the name to verify", async () => {
    const settings = await resolveConnection("host=db.example hostaddr=127.0.0.1", surroundings());
    expect(settings.hosts).toStrictEqual([{ host: "db.example", hostaddr: "127.0.0.1", port: 5432 }]);
  });

  it("has surroundings of its own by default", () => {
    expect(systemEnvironment()).toMatchObject({ env: process.env, homeDirectory: homedir() });
  });
});

describe("password files", () => {
  const text = ["# comment", "h:5432:d:u:first", "h:*:*:u:any\\:db\\\\", "bad line", "localhost:*:*:*:local", "*:*:*:*:last"].join("\n");

  it("uses the first line that matches, with wildcards and escapes", async () => {
    const { passfileEntries } = await resolveConnection("", surroundings({}, { "/home/ossie/.pgpass": text }));
    const find = (...key: [string, string, string, string]) => findPassword(passfileEntries, key)?.reveal();
    expect([find("h", "5432", "d", "u"), find("h", "1", "x", "u"), find("localhost", "1", "x", "y"), find("z", "1", "x", "y")]).toStrictEqual(["first", "any:db\\", "local", "last"]);
  });

  it("does not read a file that others can read, and says so", async () => {
    const files = { "/p": { text, mode: 0o640 }, "/d": { text: "", directory: true } };
    const settings = await resolveConnection("passfile=/p", surroundings({}, files));
    expect([settings.passfileEntries, settings.warnings]).toStrictEqual([
      [],
      [{ code: "PASSFILE_IGNORED", object: "/p", message: "the password file /p was not used: it has group or world access; permissions should be u=rw (0600) or less" }],
    ]);
    expect((await resolveConnection("", surroundings({ PGPASSFILE: "/d" }, files))).warnings[0]?.message).toMatch(/is not a plain file/);
  });
});

describe("showing settings", () => {
  it("describes a connection without secrets and without control characters", async () => {
    const settings = await resolveConnection("postgres://u%1b:hush@a:1,[::1]:2/d%0ab", surroundings());
    expect(describeConnection(settings)).toBe("u\\u{1b}@a:1,[::1]:2/d\\u{a}b");
    expect(describeConnection(withDatabase(settings, "other"))).toBe("u\\u{1b}@a:1,[::1]:2/other");
  });

  it("prints no secret, whichever way the settings are shown", async () => {
    const settings = await resolveConnection("password=hush sslpassword=hush2", surroundings());
    const { inspect } = await import("node:util");
    for (const shown of [JSON.stringify(settings), inspect(settings, { depth: 9 }), `${settings.password}`]) expect(shown).not.toMatch(/hush/);
  });

  it("redacts a secret in each of its spellings", async () => {
    const settings = await resolveConnection(`password=${quoteValue("p@s's/%")}`, surroundings());
    const text = ["p@s's/%", encodeURIComponent("p@s's/%"), "p%40s's%2f%25", quoteValue("p@s's/%")].join(" | ");
    expect(redact(text, settings)).toBe("*** | *** | *** | '***'");
  });
});
