/** Numbers as people read them. */

const SIZES = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** `0 B`, `812 B`, `14.2 MB`: powers of 1000, three digits. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < SIZES.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : threeDigits(value)} ${SIZES[unit]}`;
}

/** `1,234,567` */
export function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 row`, `2 rows` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** `0.4 s`, `12.3 s`, `3 min 04 s`, `2 h 05 min`, `4 d 03 h` */
export function secondsText(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${two(Math.floor(whole / 3600) % 24)} h`;
}

/** `12.3 MB/s` */
export function rateText(bytes: number, seconds: number): string {
  return seconds > 0 ? `${threeDigits(bytes / seconds / 1e6)} MB/s` : "– MB/s";
}

/** `2026-03-01 14:05:09 UTC` */
export function timeText(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function threeDigits(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
