/** Whom this page believes: `pins.json`, chosen by whoever verifies and never taken from a bundle. */
import { fromBase64, same, shown } from "./bytes.js";
import { need } from "./flaw.js";
import { exactly, parseJson } from "./json.js";
import { ED25519, parseMultikey } from "./keys.js";
import { period } from "./moments.js";

/**
 * Issuers' keys by verification method, each with the period in which it was the unit's, and ledgers' pins by name.
 *
 * `roots`, which a PDF's own signature leads to, are read and not used here.
 */
export function readPins(bytes) {
  const pins = parseJson(bytes);
  const names = ["issuers", "ledgers", "v"];
  exactly(pins, pins instanceof Map && pins.has("roots") ? [...names, "roots"] : names, "pins");
  need(pins.get("v") === 1, "pins-version", { text: shown(pins.get("v")) });
  const [issuers, ledgers, roots] = [pins.get("issuers"), pins.get("ledgers"), pins.get("roots") ?? []];
  need(issuers instanceof Map && ledgers instanceof Map && Array.isArray(roots), "pins-objects");
  roots.forEach(fromBase64);
  for (const [name, value] of ledgers) need(value instanceof Map, "pins-ledger", { name: shown(name) });
  return { issuers: new Map([...issuers].map(([method, value]) => [method, issuer(value)])), ledgers };
}

/** A Multikey, or one with a period: `key`, `from`, `until`. */
function issuer(value) {
  const parts = value instanceof Map ? value : new Map([["key", value]]);
  const known = [...parts].every(
    ([name, part]) => ["key", "from", "until"].includes(name) && typeof part === "string",
  );
  need(known && parts.has("key"), "pins-issuer");
  return {
    key: parseMultikey(parts.get("key")),
    period: period(parts.get("from") ?? "", parts.get("until") ?? ""),
  };
}

/** The pin, with its method, under which the unit `did` holds an Ed25519 key; undefined where it is not pinned. */
export function pinOf(pins, did, key) {
  const found = [...pins.issuers].find(
    ([method, pin]) =>
      method.split("#")[0] === did && pin.key.kind === ED25519 && same(pin.key.bytes, key.bytes),
  );
  return found && { method: found[0], ...found[1] };
}
