/** Whom this page believes: `pins.json`, chosen by whoever verifies and never taken from a bundle. */
import { shown } from "./bytes.js";
import { need } from "./flaw.js";
import { exactly, parseJson } from "./json.js";
import { ED25519, parseMultikey } from "./keys.js";
import { moment } from "./status.js";

/** Issuers' keys by verification method, each with the period in which it signs, and ledgers' pins by name. */
export function readPins(bytes) {
  const pins = exactly(parseJson(bytes), ["issuers", "ledgers", "v"], "pins");
  need(pins.get("v") === 1, "pins-version", { text: shown(pins.get("v")) });
  const [issuers, ledgers] = [pins.get("issuers"), pins.get("ledgers")];
  need(issuers instanceof Map && ledgers instanceof Map, "pins-objects");
  for (const [name, value] of ledgers) need(value instanceof Map, "pins-ledger", { name: shown(name) });
  return { issuers: new Map([...issuers].map(([method, value]) => [method, issuer(value)])), ledgers };
}

/** A Multikey, or one with a period: `key`, `from`, `until`. */
function issuer(value) {
  if (!(value instanceof Map)) return { key: parseMultikey(value), from: null, until: null };
  const known = [...value.keys()].every((name) => ["key", "from", "until"].includes(name));
  need(known && value.has("key"), "pins-issuer");
  const [from, until] = ["from", "until"].map((name) => (value.get(name) ? moment(value.get(name)) : null));
  need(from === null || until === null || from < until, "pins-issuer");
  return { key: parseMultikey(value.get("key")), from, until };
}

/** The Ed25519 keys that are pinned for the unit `did`. */
export function unitKeys(pins, did) {
  return [...pins.issuers]
    .filter(([method, { key }]) => method.split("#")[0] === did && key.kind === ED25519)
    .map(([, { key }]) => key);
}
