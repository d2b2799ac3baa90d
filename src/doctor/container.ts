/**
 * Inside a container: does the mount of the project hide programs that the image brought along? It happens when the project is
 * mounted over a folder of the image that holds programs (`-v .:/usr/local`, `-v .:/app` over /app/node_modules/.bin).
 */
import { join } from "node:path";
import type { Io } from "../io/io.ts";
import { bad, type Finding, ok, warn } from "./finding.ts";

export interface ContainerFacts {
  /** What says that this is a container, null when nothing does. */
  readonly container: string | null;
  /** Where something is mounted that the project is in, or that is in the project; never `/`. */
  readonly projectMounts: readonly string[];
  /** The folders of PATH, in order. */
  readonly path: readonly string[];
  /** Where each program was first found on PATH, null when nowhere. */
  readonly programs: Readonly<Record<string, string | null>>;
}

/** What development in a container needs from the image. */
const PROGRAMS = ["git", "node"];

export async function readContainerFacts(io: Io, projectFolder: string, pathVariable: string): Promise<ContainerFacts> {
  const container = await containerSign(io);
  const path = pathVariable.split(":").filter((folder) => folder.startsWith("/"));
  const mounts = parseMountPoints(await readOr(io, "/proc/self/mountinfo", ""));
  const programs: Record<string, string | null> = {};
  for (const program of PROGRAMS) programs[program] = await findProgram(io, path, program);
  return { container, projectMounts: projectMounts(mounts, projectFolder), path, programs };
}

/** One finding per program that is hidden, or one that all is well. Empty outside of containers. */
export function checkContainer(facts: ContainerFacts): readonly Finding[] {
  if (facts.container === null) return [];
  const findings = Object.entries(facts.programs).flatMap(([program, place]) => checkProgram(facts, program, place));
  return findings.length > 0 ? findings : [ok("container", `${facts.container}: git and node come from the image`)];
}

function checkProgram({ container, projectMounts: mounts, path }: ContainerFacts, program: string, place: string | null): readonly Finding[] {
  const hidden = path.find((folder) => mounts.some((mount) => inside(folder, mount)));
  const over = mounts.find((mount) => inside(place ?? hidden ?? "", mount));
  if (place !== null && over !== undefined) {
    return [
      bad(
        `container: ${program}`,
        `${program} is ${place}, in the mount of ${over}, not the image's own (${container})`,
        `Mount the project on a folder of its own, for example -v "$PWD":/work -w /work, or take ${over} off PATH.`,
      ),
    ];
  }
  if (place !== null) return [];
  if (over !== undefined) {
    return [
      bad(
        `container: ${program}`,
        `${program} is nowhere on PATH, and ${hidden} of PATH is hidden by the mount of ${over} (${container})`,
        `Mount the project on a folder of its own, for example -v "$PWD":/work -w /work; where it must be ${over}, keep the image's part with a volume on it: -v ${hidden}.`,
      ),
    ];
  }
  return [warn(`container: ${program}`, `${program} is nowhere on PATH (${container})`, `Add it to the image, for example with apt-get install ${program === "node" ? "nodejs" : program}.`)];
}

/** The fifth field of each line of /proc/self/mountinfo, with its octal escapes undone. */
export function parseMountPoints(mountinfo: string): readonly string[] {
  return mountinfo
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((point) => point !== "")
    .map((point) => point.replaceAll(/\\([0-7]{3})/g, (_escape, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))));
}

/** Mounts that bring the project in: above it or part of it, but not the whole file system. */
export function projectMounts(mounts: readonly string[], projectFolder: string): readonly string[] {
  return [...new Set(mounts)].filter((mount) => mount !== "/" && (inside(projectFolder, mount) || inside(mount, projectFolder)));
}

function inside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

async function containerSign(io: Io): Promise<string | null> {
  if ((await io.stat("/.dockerenv")) !== null) return "Docker";
  if ((await io.stat("/run/.containerenv")) !== null) return "Podman";
  const cgroup = await readOr(io, "/proc/1/cgroup", "");
  return /docker|kubepods|containerd|libpod|lxc/.exec(cgroup)?.[0] ?? null;
}

async function findProgram(io: Io, path: readonly string[], program: string): Promise<string | null> {
  for (const folder of path) {
    const file = join(folder, program);
    const found = await io.stat(file).catch(() => null);
    if (found !== null && !found.directory && (found.mode & 0o111) !== 0) return file;
  }
  return null;
}

async function readOr(io: Io, path: string, otherwise: string): Promise<string> {
  return io.readText(path).catch(() => otherwise);
}
