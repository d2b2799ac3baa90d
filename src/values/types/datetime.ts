/** Dates and times, in DateStyle ISO, IntervalStyle postgres and TimeZone UTC. Years before 1 carry `BC`. */
import { fixedType, viewOf } from "./wire-type.ts";
import type { WireType } from "./wire-type.ts";

const INT32_MAX = 0x7fffffff;
const INT32_MIN = -0x80000000;
const INT64_MAX = 0x7fffffffffffffffn;
const INT64_MIN = -0x8000000000000000n;
const DAY_MICROSECONDS = 86_400_000_000;

export const DATETIME_TYPES: Readonly<Record<string, WireType>> = {
  date: fixedType(4, { toText: (bytes) => dateText(viewOf(bytes).getInt32(0)) }),
  time: fixedType(8, { toText: (bytes) => clockText(smallInt64(viewOf(bytes))) }),
  timetz: fixedType(12, { toText: (bytes) => clockText(smallInt64(viewOf(bytes))) + zoneText(viewOf(bytes).getInt32(8)) }),
  timestamp: fixedType(8, { toText: (bytes) => timestampText(viewOf(bytes), "") }),
  timestamptz: fixedType(8, { toText: (bytes) => timestampText(viewOf(bytes), "+00") }),
  interval: fixedType(16, { toText: (bytes) => intervalText(viewOf(bytes)) }),
};

/** `date_out`, from days since 2000-01-01. */
function dateText(days: number): string {
  if (days === INT32_MAX) return "infinity";
  if (days === INT32_MIN) return "-infinity";
  const { day, era } = calendar(days);
  return day + era;
}

/** `timestamp_out`, from microseconds since 2000-01-01. The era stands after the zone. */
function timestampText(view: DataView, zone: string): string {
  const exact = view.getBigInt64(0);
  if (exact === INT64_MAX) return "infinity";
  if (exact === INT64_MIN) return "-infinity";
  const perDay = BigInt(DAY_MICROSECONDS);
  const sinceMidnight = ((exact % perDay) + perDay) % perDay;
  const { day, era } = calendar(Number((exact - sinceMidnight) / perDay));
  return `${day} ${clockText(Number(sinceMidnight))}${zone}${era}`;
}

/**
 * The Gregorian calendar, extended both ways, from days since 2000-01-01: counted in eras of 400 years that begin
 * on the first of March, so that the leap day ends its year.
 */
function calendar(days: number): { readonly day: string; readonly era: string } {
  const sinceMarch0 = days + 730_425;
  const cycle = Math.floor(sinceMarch0 / 146_097);
  const dayOfCycle = sinceMarch0 - cycle * 146_097;
  const yearOfCycle = Math.floor((dayOfCycle - Math.floor(dayOfCycle / 1460) + Math.floor(dayOfCycle / 36_524) - Math.floor(dayOfCycle / 146_096)) / 365);
  const dayOfYear = dayOfCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0);
  const shownYear = String(year > 0 ? year : 1 - year).padStart(4, "0");
  return { day: `${shownYear}-${two(month)}-${two(dayOfMonth)}`, era: year > 0 ? "" : " BC" };
}

/** `HH:MM:SS`, then the microseconds without trailing zeros. Hours may exceed 24: intervals use it too. */
function clockText(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1e6);
  const hours = Math.floor(seconds / 3600);
  return `${two(hours)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${fractionText(microseconds - seconds * 1e6)}`;
}

function fractionText(microseconds: number): string {
  return microseconds === 0 ? "" : `.${String(microseconds).padStart(6, "0").replace(/0+$/, "")}`;
}

/** `EncodeTimezone`, from seconds *west* of Greenwich; minutes and seconds only where they are not zero. */
function zoneText(west: number): string {
  const size = Math.abs(west);
  const minutes = Math.floor(size / 60) % 60;
  const seconds = size % 60;
  const shown = [two(Math.floor(size / 3600))];
  if (minutes !== 0 || seconds !== 0) shown.push(two(minutes));
  if (seconds !== 0) shown.push(two(seconds));
  return (west <= 0 ? "+" : "-") + shown.join(":");
}

/** `interval_out`: a part after a negative part says its plus. Infinities came with version 17. */
function intervalText(view: DataView): string {
  const time = view.getBigInt64(0);
  const days = view.getInt32(8);
  const months = view.getInt32(12);
  if (time === INT64_MAX && days === INT32_MAX && months === INT32_MAX) return "infinity";
  if (time === INT64_MIN && days === INT32_MIN && months === INT32_MIN) return "-infinity";

  const shown: string[] = [];
  let afterNegative = false;
  for (const [count, unit] of [[Math.trunc(months / 12), "year"], [months % 12, "mon"], [days, "day"]] as const) {
    if (count === 0) continue;
    shown.push(`${afterNegative && count > 0 ? "+" : ""}${count} ${unit}${count === 1 ? "" : "s"}`);
    afterNegative = count < 0;
  }
  if (time !== 0n || shown.length === 0) shown.push((time < 0n ? "-" : afterNegative ? "+" : "") + longClockText(time < 0n ? -time : time));
  return shown.join(" ");
}

/** As `clockText`, for up to 2^63 microseconds. */
function longClockText(microseconds: bigint): string {
  const hours = microseconds / 3_600_000_000n;
  const rest = clockText(Number(microseconds % 3_600_000_000n));
  return two(Number(hours)) + rest.slice(2);
}

/** An int64 that a sound field keeps below a day. */
function smallInt64(view: DataView): number {
  const value = Number(view.getBigInt64(0));
  if (value < 0 || value > DAY_MICROSECONDS) throw new RangeError(`expected a time of day, found ${value} microseconds`);
  return value;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
