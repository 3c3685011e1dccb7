/**
 * The ledger's entry (docs/decisions/0005): canonical JSON, signed by the key that it names.
 *
 * Signed is `consultation-entry/1`, a line feed, and JCS of the entry without its signature.
 */
import { fromHex, join, shown, toUtf8 } from "./bytes.js";
import { need } from "./flaw.js";
import { canonical, count, exactly, parseCanonical } from "./json.js";
import { ed25519, signed } from "./keys.js";

const MAX_ENTRY_BYTES = 4096;
const DOMAIN = toUtf8("consultation-entry/1\n");
const ENTRY_NAMES = ["consultation", "event", "key", "kind", "signature", "v", "window"];
const ID = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
const HOUR = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}Z$/;

/** Whose the entry is, its signature checked, and where its kind is 'certified' the checkpoint that it names. */
export async function readEntry(bytes) {
  need(bytes.length <= MAX_ENTRY_BYTES, "too-large", { most: MAX_ENTRY_BYTES });
  const entry = exactly(parseCanonical(bytes), ENTRY_NAMES, "entry");
  need(entry.get("v") === 1, "entry-version", { text: shown(entry.get("v")) });
  for (const [name, form] of [
    ["consultation", ID],
    ["window", HOUR],
  ]) {
    const value = entry.get(name);
    need(typeof value === "string" && form.test(value), "entry-field", { name, text: shown(value) });
  }
  const key = ed25519(fromHex(entry.get("key"), 32));
  const signature = fromHex(entry.get("signature"), 64);
  const envelope = new Map(entry);
  envelope.delete("signature");
  need(await signed(key, join(DOMAIN, canonical(envelope)), signature), "entry-signature");
  const [kind, consultation] = [entry.get("kind"), entry.get("consultation")];
  if (kind !== "certified") return { key, kind, consultation };
  const event = exactly(entry.get("event"), ["certificates", "checkpoint"], "event");
  count(event.get("certificates"), "certificates");
  return { key, kind, consultation, checkpoint: fromHex(event.get("checkpoint"), 32) };
}
