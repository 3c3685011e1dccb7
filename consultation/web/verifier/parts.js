/** The parts of a bundle out of the file that somebody shows, read and not yet verified. */
import { fromBase64, fromHex, shown } from "./bytes.js";
import { parseTlogProof } from "./checkpoint.js";
import { readEntry } from "./entry.js";
import { at, need } from "./flaw.js";
import { count, exactly, parseJson, text } from "./json.js";
import { bundleInPdf } from "./pdf.js";
import { unzip } from "./zip.js";

const [VC, PROOF, ANCHOR] = ["certificate.vc.json", "certificate.tlog-proof", "anchor.json"];
const STATUS = "status.vc.json";
const NAMES = [VC, PROOF, ANCHOR, STATUS];
const MAX_PART_BYTES = 1_000_000;
const MAX_FILE_BYTES = 8_000_000;
const TYPES = ["ConsultationCertificate", "UnitOpinionCertificate"];

/** The zip, and whether it came inside a PDF. */
export async function zipOf(bytes) {
  await at("form", () => need(bytes.length <= MAX_FILE_BYTES, "too-large", { most: MAX_FILE_BYTES }));
  const start = String.fromCharCode(...bytes.subarray(0, 5));
  if (start === "%PDF-") return { zip: await at("pdf", () => bundleInPdf(bytes, MAX_FILE_BYTES)), pdf: true };
  await at("form", () => need(start.startsWith("PK"), "no-bundle"));
  return { zip: bytes, pdf: false };
}

/** Credential, status list, anchor, proof, and the ledger's entry; its own signature holds. */
export async function partsOf(zip) {
  const { files, credential, status, anchor } = await at("form", () => readForm(zip));
  const proof = await at("certificate-proof", () => parseTlogProof(files.get(PROOF)));
  const entry = await at("anchor", () => readEntry(anchor.entry));
  return { credential, status, anchor, proof, entry };
}

async function readForm(zip) {
  const files = await unzip(zip, NAMES.length, MAX_PART_BYTES);
  const whole = files.size === NAMES.length && NAMES.every((name) => files.has(name));
  need(whole, "parts", { names: NAMES.join(", "), found: shown([...files.keys()].join(", ")) });
  const [credential, status] = [VC, STATUS].map((name) => object(files.get(name), name));
  const types = credential.get("type");
  const ours = Array.isArray(types) && types.length === 2 && types[0] === "VerifiableCredential";
  need(ours && TYPES.includes(types[1]), "types", { names: TYPES.join(", ") });
  return { files, credential, status, anchor: readAnchor(files.get(ANCHOR)) };
}

function object(bytes, name) {
  const value = parseJson(bytes);
  need(value instanceof Map, "no-object", { name });
  return value;
}

function readAnchor(bytes) {
  const anchor = exactly(parseJson(bytes), ["entry", "head", "index", "ledger", "proof"], ANCHOR);
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
