/**
 * W3C Data Integrity proofs over JSON canonicalised by JCS: `eddsa-jcs-2022` (vc-di-eddsa 3.3) and
 * `ecdsa-jcs-2019` with P-256 (vc-di-ecdsa 3.3).
 */
import { fromMultibase58, join, sha256, shown } from "./bytes.js";
import { need } from "./flaw.js";
import { canonical, canonicalText, exactly } from "./json.js";
import { ED25519, P256, signed } from "./keys.js";

const SUITES = new Map([
  ["eddsa-jcs-2022", ED25519],
  ["ecdsa-jcs-2019", P256],
]);
const PROOF_NAMES = [
  "@context",
  "created",
  "cryptosuite",
  "proofPurpose",
  "proofValue",
  "type",
  "verificationMethod",
];

/** The proof of a secured document, its form checked and nothing else. */
export function proofOf(secured) {
  const proof = exactly(secured.get("proof"), PROOF_NAMES, "proof");
  need(proof.get("type") === "DataIntegrityProof", "proof-type", { text: shown(proof.get("type")) });
  need(proof.get("proofPurpose") === "assertionMethod", "proof-purpose", {
    text: shown(proof.get("proofPurpose")),
  });
  const suite = proof.get("cryptosuite");
  need(SUITES.has(suite), "proof-suite", { text: shown(suite), names: [...SUITES.keys()].join(", ") });
  // vc-data-integrity asks that the document's contexts begin with the proof's; ours are always equal.
  const contexts = canonicalText(proof.get("@context")) === canonicalText(secured.get("@context") ?? null);
  need(contexts, "proof-context");
  return proof;
}

/** The verification method that the proof names, and the issuer; the method must be the issuer's own. */
export function issuerOf(secured, proof) {
  const method = proof.get("verificationMethod");
  const issuer = secured.get("issuer");
  const did = issuer instanceof Map ? issuer.get("id") : issuer;
  const own = typeof method === "string" && typeof did === "string" && method.split("#")[0] === did;
  need(own, "controller", { method: shown(method), did: shown(did) });
  return { method, did };
}

/** The pinned key decides the suite, and not whoever shows the document. */
export function checkSuite(proof, key) {
  const suite = proof.get("cryptosuite");
  need(SUITES.get(suite) === key.kind, "proof-key", { suite, kind: key.kind });
}

/** The proof's signature under `key`: over SHA-256 of its options, then SHA-256 of the document. */
export async function checkSignature(secured, proof, key) {
  const document = new Map(secured);
  document.delete("proof");
  const options = new Map(proof);
  options.delete("proofValue");
  const message = join(await sha256(canonical(options)), await sha256(canonical(document)));
  need(await signed(key, message, fromMultibase58(proof.get("proofValue"))), "credential-unsigned");
}
