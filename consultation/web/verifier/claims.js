/** What a certificate says, as a list for the page; never shown of a refused one. */
import { element, said } from "./dom.js";
import { CLAIMS, PARTICIPATION, STANCES } from "./words.js";

const HANOI_HOURS = 7;
const WINDOW = /^(\d{4})-(\d\d)-(\d\d)T(\d\d)Z$/;

/** The rows that are there; what is of another form than ours is left out rather than guessed at. */
export function claims({ credential }) {
  const list = element("dl", "claims");
  const row = (name, ...holds) => list.append(element("dt", "", said(CLAIMS[name])), element("dd", "", ...holds));
  const at = (...path) => path.reduce((value, name) => (value instanceof Map ? value.get(name) : undefined), credential);
  const subject = (...path) => at("credentialSubject", ...path);

  const [unit, title] = [at("issuer", "name"), subject("consultation", "title")];
  if (typeof unit === "string") row("unit", unit);
  if (typeof title === "string") row("title", title);
  if (subject("participation") === "took part") row("says", said(PARTICIPATION));
  const [opened, closed] = ["opened", "closed"].map((name) => hour(subject("consultation", name)));
  if (opened && closed) row("window", said([`${opened} – ${closed} (giờ Việt Nam)`, `${opened} – ${closed} (Vietnam time)`]));
  const signed = Date.parse(at("validFrom"));
  if (!Number.isNaN(signed)) row("signed", local(new Date(signed)));
  for (const name of ["received", "counted"]) {
    if (Number.isInteger(subject("result", name))) row(name, String(subject("result", name)));
  }
  const stances = subject("result", "stances");
  if (stances instanceof Map) {
    for (const [name, words] of Object.entries(STANCES)) {
      if (!Number.isInteger(stances.get(name))) continue;
      list.append(element("dt", "stance", said(words)), element("dd", "", String(stances.get(name))));
    }
  }
  const digests = [
    ["draft", subject("consultation", "draft")],
    ["summary", subject("result", "summary")],
  ];
  for (const [name, digest] of digests) {
    if (typeof digest === "string") row(name, element("code", "", digest));
  }
  return list;
}

/** An hour of UTC, '2026-11-23T10Z', as people in Vietnam read it. */
function hour(text) {
  const [, year, month, day, utc] = WINDOW.exec(typeof text === "string" ? text : "") ?? [];
  return year && local(new Date(Date.UTC(Number(year), Number(month) - 1, Number(day), Number(utc))));
}

function local(moment) {
  const there = new Date(moment.getTime() + HANOI_HOURS * 3_600_000);
  const two = (number) => String(number).padStart(2, "0");
  const clock = `${two(there.getUTCHours())}:${two(there.getUTCMinutes())}`;
  return `${clock} ${two(there.getUTCDate())}/${two(there.getUTCMonth() + 1)}/${there.getUTCFullYear()}`;
}
