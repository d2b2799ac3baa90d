import { describe, expect, test } from "vitest";
import { parseUris } from "../../src/server/apt.ts";
import { parseDeb822, parseOneLine, sourceFor } from "../../src/server/mirror.ts";

describe("the machine's package sources", () => {
  test("are read from deb822 stanzas: keys over several lines kept, comments and disabled or source-only stanzas left out", () => {
    const text = [
      "# Made up.",
      "Types: deb deb-src",
      "URIs: http://mirror.example/debian http://other.example/debian",
      "Suites: bookworm bookworm-updates",
      "# A comment between fields.",
      "Components: main contrib",
      "Signed-By:",
      " -----BEGIN PGP PUBLIC KEY BLOCK-----",
      " .",
      " made+up",
      "",
      "Types: deb",
      "Enabled: no",
      "URIs: http://disabled.example/debian",
      "Suites: bookworm",
      "Components: main",
      "  \t",
      "types: deb-src",
      "URIs: http://source.example/debian",
      "Suites: bookworm",
      "",
      "Types: deb",
      "URIs: file:/srv/debian",
      "Suites: trixie",
      "Components: main",
      "Trusted: yes",
    ].join("\n");
    expect(parseDeb822(text)).toStrictEqual([
      {
        uri: "http://mirror.example/debian",
        suites: ["bookworm", "bookworm-updates"],
        components: ["main", "contrib"],
        signedBy: "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n made+up",
        trusted: false,
      },
      { uri: "file:/srv/debian", suites: ["trixie"], components: ["main"], signedBy: null, trusted: true },
    ]);
  });

  test("are read from one-line entries", () => {
    const text = [
      "# deb http://commented.example/debian bookworm main",
      "deb-src http://source.example/debian bookworm main",
      "deb http://mirror.example/debian bookworm main contrib # why",
      "deb [arch=amd64 signed-by=/etc/apt/keyrings/made-up.gpg trusted=yes] https://mirror.example/debian/ trixie main",
    ].join("\n");
    expect(parseOneLine(text)).toStrictEqual([
      { uri: "http://mirror.example/debian", suites: ["bookworm"], components: ["main", "contrib"], signedBy: null, trusted: false },
      { uri: "https://mirror.example/debian/", suites: ["trixie"], components: ["main"], signedBy: "/etc/apt/keyrings/made-up.gpg", trusted: true },
    ]);
  });

  test("written for another suite are read back as the same mirror", () => {
    const mirror = { uri: "http://mirror.example/debian", signedBy: "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n made+up", trusted: true };
    expect(parseDeb822(sourceFor(mirror, "trixie"))).toMatchObject([{ ...mirror, signedBy: expect.stringContaining("made+up"), suites: ["trixie"], components: ["main"] }]);
  });
});

test("apt's list of what it would download is read with names and sizes, its other lines are not", () => {
  const said = [
    "Reading package lists...",
    "'http://mirror.example/p/postgresql-17_17.11-0%2bdeb13u1_amd64.deb' postgresql-17_17.11-0+deb13u1_amd64.deb 16678028 SHA256:00ff",
    "'http://mirror.example/l/libstdc%2b%2b6_14_amd64.deb' libstdc++6_14_amd64.deb 713628 ",
  ].join("\n");
  expect(parseUris(said)).toStrictEqual([
    { name: "postgresql-17", bytes: 16_678_028 },
    { name: "libstdc++6", bytes: 713_628 },
  ]);
});
