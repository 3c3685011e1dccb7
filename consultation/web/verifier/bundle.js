/**
 * A certificate's bundle, checked link by link, offline, and from pins alone.
 *
 * The links have the names of docs/reference/certificate.md and come in its order; the chain ends at the first that
 * breaks. A link is `true`, `false`, or `null` where it is not known: for want of a pin, or because a part of it is
 * not verified in this page.
 */
import { fromBase64, fromHex, same, sha256, shown, toHex } from "./bytes.js";
import { checkCheckpoint, claimedOrigin, parseTlogProof } from "./checkpoint.js";
import { checkSignature, checkSuite, issuerOf, proofOf } from "./credential.js";
import { readEntry } from "./entry.js";
import { at, Broken, need } from "./flaw.js";
import { canonical, count, exactly, parseJson, text } from "./json.js";
import { checkHead, checkPlace, readLedgerPins } from "./ledgers.js";
import { checkInclusion, leafHash } from "./merkle.js";
import { plainKey } from "./note.js";
import { bundleInPdf } from "./pdf.js";
import { unzip } from "./zip.js";

const PARTS = ["certificate.vc.json", "certificate.tlog-proof", "anchor.json"];
const MAX_PART_BYTES = 1_000_000;
const MAX_FILE_BYTES = 32_000_000;

/** Check a zip, or a PDF that holds one: the links, and the credential where its form could be read. */
export async function verify(bytes, pins) {
  const chain = { links: [], credential: null };
  const hold = (name, code, found = {}, ok = true) => chain.links.push({ name, ok, code, found });
  try {
    const files = await at("form", () => partsOf(bytes));
    await follow(files, pins, hold, chain);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    hold(error.link, error.flaw.code, error.flaw.found, false);
  }
  return { ...chain, verdict: verdictOf(chain.links) };
}

/** 'refused', 'valid', 'consistent' where the issuer is not pinned, 'partial' where something is left unverified. */
function verdictOf(links) {
  if (links.some(({ ok }) => ok === false)) return "refused";
  if (links.every(({ ok }) => ok)) return "valid";
  return links.some(({ ok, code }) => ok === null && code.startsWith("unpinned")) ? "consistent" : "partial";
}

async function partsOf(bytes) {
  need(bytes.length <= MAX_FILE_BYTES, "too-large", { most: MAX_FILE_BYTES });
  const start = String.fromCharCode(...bytes.subarray(0, 5));
  need(start.startsWith("PK") || start === "%PDF-", "no-bundle");
  const zip = start === "%PDF-" ? await bundleInPdf(bytes, MAX_FILE_BYTES) : bytes;
  const files = await unzip(zip, PARTS.length, MAX_PART_BYTES);
  need(files.size === PARTS.length && PARTS.every((name) => files.has(name)), "parts", {
    names: PARTS.join(", "),
    found: shown([...files.keys()].join(", ")),
  });
  return files;
}

async function follow(files, pins, hold, chain) {
  const credential = await at("form", () => readCredential(files.get("certificate.vc.json")));
  const anchor = await at("form", () => readAnchor(files.get("anchor.json")));
  const tlog = await at("certificate-proof", () => parseTlogProof(files.get("certificate.tlog-proof")));
  const entry = await at("anchor", () => readEntry(anchor.entry));
  chain.credential = credential;
  hold("form", "form");

  const proof = await at("credential-proof", () => proofOf(credential));
  const { method } = await at("issuer", () => issuerOf(credential, proof));
  const pinned = pins?.issuers.get(method);
  await at("issuer", () => need(pinned || !pins, "issuer-unknown", { method }));
  hold("issuer", pinned ? "issuer" : "unpinned-issuer", { method }, pinned ? true : null);
  const key = pinned?.key ?? entry.key;
  await at("credential-proof", () => checkSuite(proof, key));
  await at("credential-signature", () => checkSignature(credential, proof, key));
  hold("credential-signature", "credential-signature", { suite: proof.get("cryptosuite"), method });

  const size = await inTree(credential, tlog, key);
  hold("certificate-proof", "certificate-proof", { index: String(tlog.index), size: String(size) });

  await at("anchor", () => checkAnchor(entry, credential, tlog, key));
  hold("anchor", "anchor");
  await ledgerLinks(anchor, pins, hold);
}

async function ledgerLinks(anchor, pins, hold) {
  const name = anchor.ledger;
  const pinned = pins?.ledgers.get(name);
  await at("ledger-pins", () => need(pinned || !pins, "ledger-unknown", { name }));
  if (!pinned) {
    hold("ledger-head", "unpinned-ledger", { name }, null);
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

function readCredential(bytes) {
  const credential = parseJson(bytes);
  need(credential instanceof Map, "no-object");
  return credential;
}

function readAnchor(bytes) {
  const anchor = exactly(parseJson(bytes), ["entry", "head", "index", "ledger", "proof"], "anchor.json");
  const head = exactly(anchor.get("head"), ["attestation", "root", "size"], "head");
  return {
    ledger: text(anchor.get("ledger"), "ledger"),
    entry: fromBase64(anchor.get("entry")),
    index: count(anchor.get("index"), "index"),
    proof: fromBase64(anchor.get("proof")),
    head: {
      size: count(head.get("size"), "size"),
      root: fromHex(head.get("root"), 32),
      attestation: fromBase64(head.get("attestation")),
    },
  };
}

/** The signed credential, in canonical form, is a leaf under a checkpoint that the unit signed. */
async function inTree(credential, tlog, key) {
  const checkpoint = await at("certificate-checkpoint", async () => {
    const operator = await plainKey(claimedOrigin(tlog.checkpoint), key.bytes);
    return checkCheckpoint(tlog.checkpoint, { operator });
  });
  await at("certificate-proof", async () => {
    const leaf = await leafHash(canonical(credential));
    await checkInclusion(leaf, tlog.index, checkpoint.size, tlog.path, checkpoint.root);
  });
  return checkpoint.size;
}

async function checkAnchor(entry, credential, tlog, key) {
  need(same(entry.key.bytes, key.bytes), "anchor-key");
  need(same(entry.checkpoint, await sha256(tlog.checkpoint)), "anchor-checkpoint", {
    digest: toHex(entry.checkpoint).slice(0, 16),
  });
  const subject = credential.get("credentialSubject");
  const consultation = subject instanceof Map ? subject.get("consultation") : null;
  const claimed = consultation instanceof Map ? consultation.get("id") : null;
  need(claimed === entry.consultation, "anchor-consultation", { name: entry.consultation, found: shown(claimed) });
}
