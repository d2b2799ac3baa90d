import { expect, test } from "vitest";
import { defaultCacheFolder, defaultDataFolder, projectName } from "../../src/server/folders.ts";

test("programs go to the system's cache for root, to the user's for others, and where PGARK_CACHE says", () => {
  expect([
    defaultCacheFolder({ HOME: "/root" }, 0),
    defaultCacheFolder({ HOME: "/home/ada" }, 1000),
    defaultCacheFolder({ HOME: "/home/ada", XDG_CACHE_HOME: "/scratch" }, 1000),
    defaultCacheFolder({ HOME: "/home/ada", XDG_CACHE_HOME: "relative/is/ignored" }, 1000),
    defaultCacheFolder({ PGARK_CACHE: "/big/disk" }, 0),
  ]).toStrictEqual(["/var/cache/pgark", "/home/ada/.cache/pgark", "/scratch/pgark", "/home/ada/.cache/pgark", "/big/disk"]);
});

test("data lies outside the project, under a name that two clones do not share", () => {
  const name = projectName("/home/ada/rules");
  expect(name).toMatch(/^rules-[0-9a-f]{8}$/);
  expect(projectName("/home/ada/rules/")).toBe(name);
  expect(projectName("/home/bob/rules")).not.toBe(name);
  expect(projectName("/home/ada/mes règles")).toMatch(/^mes_r_gles-[0-9a-f]{8}$/);
  expect([
    defaultDataFolder("/home/ada/rules", { HOME: "/root" }, 0),
    defaultDataFolder("/home/ada/rules", { HOME: "/home/ada" }, 1000),
    defaultDataFolder("/home/ada/rules", { HOME: "/home/ada", XDG_STATE_HOME: "/scratch" }, 1000),
    defaultDataFolder("/home/ada/rules", { PGARK_DATA: "/big/disk" }, 0),
  ]).toStrictEqual([`/var/lib/pgark/${name}/data`, `/home/ada/.local/state/pgark/${name}/data`, `/scratch/pgark/${name}/data`, `/big/disk/${name}/data`]);
});
