/** Moments of RFC 3339 and periods between two of them; this page reads no clock. */
import { shown } from "./bytes.js";
import { need } from "./flaw.js";

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Microseconds since 1970. The numbers are checked: `Date` would take 30 February for 2 March. */
export function moment(value) {
  const found = typeof value === "string" ? RFC_3339.exec(value) : null;
  need(found, "moment", { text: shown(value) });
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  const [offsetHours, offsetMinutes] = [found[9], found[10]].map((digits) => Number(digits ?? 0));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const real = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const clock = hour < 24 && minute < 60 && second < 60 && offsetHours < 24 && offsetMinutes < 60;
  need(real && clock, "moment", { text: shown(value) });
  const offset = (found[8] === "-" ? -1 : 1) * (offsetHours * 60 + offsetMinutes);
  const seconds = date.getTime() / 1000 + hour * 3600 + (minute - offset) * 60 + second;
  return seconds * 1e6 + Number((found[7] ?? "").padEnd(6, "0"));
}

/** From `since` on and before `until`; null is no bound. */
export function period(since, until) {
  const [from, to] = [since, until].map((text) => (text ? moment(text) : null));
  need(from === null || to === null || from < to, "period");
  return { from, to, since, until };
}

/** Whether `text` lies in the period; a period without bounds does not look at it. */
export function checkPeriod({ from, to, since, until }, text, method) {
  if (from === null && to === null) return;
  const at = moment(text);
  const holds = (from === null || from <= at) && (to === null || at < to);
  need(holds, "period-outside", { method, since: since || "…", until: until || "…", text });
}
