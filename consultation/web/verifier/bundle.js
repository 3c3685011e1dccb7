/**
 * A certificate's bundle, checked link by link, offline, and from pins alone.
 *
 * The links have the names of docs/reference/certificate.md and come in its order; the chain ends at the first that
 * breaks. A link is `true`, `false`, or `null` where it is not known: its code begins with `unpinned` for want of a
 * pin, and with `left` where it is not verified in this page.
 */
import { same, sha256, shown, toHex } from "./bytes.js";
import { checkCheckpoint, claimedOrigin } from "./checkpoint.js";
import { checkSignature, checkSuite, issuerOf, proofOf } from "./credential.js";
import { at, Broken, need } from "./flaw.js";
import { canonical } from "./json.js";
import { checkHead, checkPlace, readLedgerPins } from "./ledgers.js";
import { checkInclusion, leafHash } from "./merkle.js";
import { checkPeriod, moment } from "./moments.js";
import { plainKey } from "./note.js";
import { partsOf, zipOf } from "./parts.js";
import { pinOf } from "./pins.js";
import { bitOf, statusEntry } from "./status.js";

/** Check a zip, or a PDF that holds one: the verdict, the links, and the credential where it could be read. */
export async function verify(bytes, pins) {
  const links = [];
  const chain = {
    pins,
    credential: null,
    hold: (name, code, found = {}, ok = true) => links.push({ name, ok, code, found }),
  };
  try {
    await follow(bytes, chain);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    chain.hold(error.link, error.flaw.code, error.flaw.found, false);
  }
  return { verdict: verdictOf(links), links, credential: chain.credential };
}

/** 'refused', 'valid', 'consistent' where something is not pinned, 'partial' where something is left unverified. */
function verdictOf(links) {
  if (links.some(({ ok }) => ok === false)) return "refused";
  if (links.every(({ ok }) => ok)) return "valid";
  return links.some(({ ok, code }) => ok === null && code.startsWith("unpinned")) ? "consistent" : "partial";
}

async function follow(bytes, chain) {
  const { zip, pdf } = await zipOf(bytes);
  if (pdf) chain.hold("pdf-signature", "left-pdf", {}, null);
  const parts = await partsOf(zip);
  chain.credential = parts.credential;
  chain.hold("form", "form");
  const did = await issuerLinks(parts, chain);
  await statusLinks(parts, did, chain);
  await unitLink(parts, did, chain);
  await treeLink(parts, chain);
  await at("anchor", () => checkAnchor(parts));
  chain.hold("anchor", "anchor");
  await ledgerLinks(parts.anchor, chain);
}

/** The key is the issuer's own and pinned, the signature is by it, and it was the issuer's when it signed. */
async function issuerLinks({ credential, entry }, { pins, hold }) {
  const proof = await at("credential-proof", () => proofOf(credential));
  const { method, did } = await at("issuer", () => issuerOf(credential, proof));
  const pin = pins?.issuers.get(method);
  await at("issuer", () => need(pin || !pins, "issuer-unknown", { method }));
  hold("issuer", pin ? "issuer" : "unpinned-issuer", { method }, pin ? true : null);

  const found = { suite: proof.get("cryptosuite"), method };
  const key = pin?.key ?? brought(proof, entry);
  if (key) {
    await at("credential-proof", () => checkSuite(proof, key));
    await at("credential-signature", () => checkSignature(credential, proof, key));
    hold("credential-signature", "credential-signature", found);
  } else {
    hold("credential-signature", "unpinned-signature", found, null);
  }
  if (pin) await at("key-period", () => checkPeriod(pin.period, credential.get("validFrom"), method));
  hold("key-period", pin ? "key-period" : "unpinned-period", { method }, pin ? true : null);
  return did;
}

/** Without pins: the key of the ledger's entry, for what is not under P-256. No bundle brings a P-256 key. */
function brought(proof, entry) {
  return proof.get("cryptosuite") === "eddsa-jcs-2022" ? entry.key : null;
}

/** The snapshot is by the same issuer, not older than the certificate, and the certificate's bit is not set. */
async function statusLinks({ credential, status, entry }, did, { pins, hold }) {
  const asOf = status.get("validFrom");
  const { key, method } = await at("status-signature", async () => {
    const proof = proofOf(status);
    const { method, did: by } = issuerOf(status, proof);
    need(by === did, "status-issuer", { by: shown(by), did });
    const pin = pins?.issuers.get(method);
    need(pin || !pins, "issuer-unknown", { method });
    const alike = method === credential.get("proof").get("verificationMethod");
    const key = pin?.key ?? (alike ? brought(proof, entry) : null);
    if (!key) return { key, method };
    checkSuite(proof, key);
    await checkSignature(status, proof, key);
    if (pin) checkPeriod(pin.period, asOf, method);
    return { key, method };
  });
  hold("status-signature", key ? "status-signature" : "unpinned-status", { method }, key ? true : null);
  await at("status", async () => {
    const place = statusEntry(credential.get("credentialStatus"));
    const revoked = await bitOf(status, place);
    const created = credential.get("validFrom");
    need(moment(asOf) >= moment(created), "status-old", { asOf, created });
    need(!revoked, "status-revoked", { asOf, index: place.index });
  });
  hold("status", key ? "status" : "unpinned-revoked", { asOf: shown(asOf) }, key ? true : null);
}

/** The unit's Ed25519 key on checkpoint and entry, whichever key signed the credential. */
async function unitLink({ credential, entry }, did, { pins, hold }) {
  const pin = pins && pinOf(pins, did, entry.key);
  await at("unit-key", () => {
    need(pin || !pins, "unit-unknown", { did });
    if (pin) checkPeriod(pin.period, credential.get("validFrom"), pin.method);
  });
  hold("unit-key", pin ? "unit-key" : "unpinned-unit", { method: pin?.method ?? "" }, pin ? true : null);
}

/** The signed credential, in canonical form, is a leaf under a checkpoint that the unit signed. */
async function treeLink({ credential, entry, proof }, { hold }) {
  const checkpoint = await at("certificate-checkpoint", async () => {
    const operator = await plainKey(claimedOrigin(proof.checkpoint), entry.key.bytes);
    return checkCheckpoint(proof.checkpoint, { operator });
  });
  await at("certificate-proof", async () => {
    const leaf = await leafHash(canonical(credential));
    await checkInclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root);
  });
  hold("certificate-proof", "certificate-proof", {
    index: String(proof.index),
    size: String(checkpoint.size),
  });
}

/** The ledger's entry names this checkpoint and this consultation. */
async function checkAnchor({ entry, credential, proof }) {
  need(entry.kind === "certified", "entry-kind", { kind: shown(entry.kind) });
  need(same(entry.checkpoint, await sha256(proof.checkpoint)), "anchor-checkpoint", {
    digest: toHex(entry.checkpoint).slice(0, 16),
  });
  const subject = credential.get("credentialSubject");
  const consultation = subject instanceof Map ? subject.get("consultation") : null;
  const claimed = consultation instanceof Map ? consultation.get("identifier") : null;
  need(claimed === entry.consultation, "anchor-consultation", {
    name: entry.consultation,
    found: shown(claimed),
  });
}

async function ledgerLinks(anchor, { pins, hold }) {
  const name = anchor.ledger;
  const pinned = pins?.ledgers.get(name);
  await at("ledger-pins", () => need(pinned || !pins, "ledger-unknown", { name: shown(name) }));
  if (!pinned) {
    hold("ledger-head", "unpinned-ledger", { name: shown(name) }, null);
    return;
  }
  const ledger = await at("ledger-pins", () => readLedgerPins(name, pinned));
  const head = await at("ledger-head", () => checkHead(ledger, anchor.head));
  hold("ledger-head", head.code, { name, size: String(anchor.head.size), ...head.found }, head.ok);
  if (!ledger.kind.tree) {
    hold("ledger-inclusion", "left-inclusion", { name }, null);
    return;
  }
  await at("ledger-inclusion", () => checkPlace(ledger, anchor));
  hold("ledger-inclusion", "ledger-inclusion", { index: String(anchor.index) });
}
