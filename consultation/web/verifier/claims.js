/** What a certificate says, as a list for the page; never shown of a refused one. */
import { element, said } from "./dom.js";
import { CHANNELS, CLAIMS, PARTICIPATION, STANCES } from "./words.js";

const VIETNAM_HOURS = 7;
const WINDOW = /^(\d{4})-(\d\d)-(\d\d)T(\d\d)Z$/;

/** The rows that are there; what is of another form than ours is left out rather than guessed at. */
export function claims(credential) {
  const list = element("dl", "claims");
  const row = (words, kind, ...holds) =>
    list.append(element("dt", kind, said(words)), element("dd", kind, ...holds));
  const text = (name, value, kind = "") =>
    typeof value === "string" && value !== "" && row(CLAIMS[name], kind, value);
  const number = (words, value, kind = "") => Number.isInteger(value) && row(words, kind, String(value));
  const digest = (name, value) =>
    typeof value === "string" && row(CLAIMS[name], "", element("code", "", value));
  const at = (...path) =>
    path.reduce((value, name) => (value instanceof Map ? value.get(name) : undefined), credential);
  const subject = (...path) => at("credentialSubject", ...path);
  const about = (name) => subject("consultation", name);
  const opinion = (name) => subject("opinion", name);

  text("unit", at("issuer", "name"));
  if (subject("participation") === "took part") row(CLAIMS.says, "", said(PARTICIPATION));
  text("title", about("title"));
  if (subject("opinion")) text("asked", about("unit"));
  text("basis", about("legalBasis"));
  const [opened, closed] = ["opened", "closed"].map((name) => hour(about(name)));
  if (opened && closed) {
    row(
      CLAIMS.window,
      "",
      said([`${opened} – ${closed} (giờ Việt Nam)`, `${opened} – ${closed} (Vietnam time)`]),
    );
  }
  if (typeof about("channel") === "string") row(CLAIMS.channel, "", channel(about("channel")));
  const signed = Date.parse(at("validFrom"));
  if (!Number.isNaN(signed)) row(CLAIMS.signed, "", local(new Date(signed)));

  for (const name of ["received", "counted"]) number(CLAIMS[name], subject("result", name));
  for (const [name, words] of Object.entries(STANCES))
    number(words, subject("result", "stances", name), "part");

  for (const name of ["number", "signatory"]) text(name, opinion(name));
  for (const part of Array.isArray(opinion("provisions")) ? opinion("provisions") : []) {
    if (!(part instanceof Map)) continue;
    const where = part.get("provision");
    row(CLAIMS.provision, "", where === "" ? said(CLAIMS.whole) : String(where));
    const stance = STANCES[part.get("stance")];
    if (stance) row(CLAIMS.stance, "part", said(stance));
    for (const name of ["text", "proposal", "reason"]) text(name, part.get(name), "part");
  }

  number(CLAIMS.version, about("version"));
  digest("draft", about("draft"));
  digest("summary", subject("result", "summary"));
  return list;
}

function channel(name) {
  return CHANNELS[name] ? said(CHANNELS[name]) : name;
}

/** An hour of UTC, '2026-11-23T10Z', as people in Vietnam read it. */
function hour(text) {
  const [, year, month, day, utc] = WINDOW.exec(typeof text === "string" ? text : "") ?? [];
  return year && local(new Date(Date.UTC(Number(year), Number(month) - 1, Number(day), Number(utc))));
}

function local(moment) {
  const there = new Date(moment.getTime() + VIETNAM_HOURS * 3_600_000);
  const two = (number) => String(number).padStart(2, "0");
  const clock = `${two(there.getUTCHours())}:${two(there.getUTCMinutes())}`;
  return `${clock} ${two(there.getUTCDate())}/${two(there.getUTCMonth() + 1)}/${there.getUTCFullYear()}`;
}
