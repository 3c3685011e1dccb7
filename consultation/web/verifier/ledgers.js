/**
 * What is checked of each ledger here: its pins, who vouches for a head, and an entry's place under it.
 *
 * `vouched` throws a flaw where a head does not hold, returns `true` and what was seen where everything that is
 * pinned was checked, and `null` where a part is left to `pilot verify`: a chain's consensus or state is not
 * verified in this page, and never looks as if it were.
 */
import { fromHex, join, same, sha256, shown, toBase64, toUtf8 } from "./bytes.js";
import { checkCheckpoint } from "./checkpoint.js";
import { need } from "./flaw.js";
import { exactly, parseCanonical, text } from "./json.js";
import { signed } from "./keys.js";
import { checkInclusion, leafHash, splitPath } from "./merkle.js";
import { COSIGNATURE, parseNote, parseVkey, signersOf } from "./note.js";

const MAX_INDEX = 2n ** 63n;

/** What is pinned of the ledger `name`, read; a flaw where the pins are not of its kind. */
export async function readLedgerPins(name, pins) {
  const kind = LEDGERS.get(name) ?? OTHER;
  need(kind === OTHER || pins.get("backend") === name, "pins-backend", {
    name,
    text: shown(pins.get("backend")),
  });
  return { kind, believed: await kind.read(pins) };
}

export async function checkHead({ kind, believed }, head) {
  return kind.vouched(believed, head);
}

/** The entry is at its index under the head. */
export async function checkPlace({ kind, believed }, anchor) {
  need(anchor.index < anchor.head.size && anchor.index < MAX_INDEX, "inclusion-index", {
    index: String(anchor.index),
    size: String(anchor.head.size),
  });
  const leaf = await leafHash(anchor.entry);
  if (kind.inside) return kind.inside(believed, leaf, anchor);
  await checkInclusion(leaf, anchor.index, anchor.head.size, splitPath(anchor.proof), anchor.head.root);
}

function sameHead(checkpoint, head) {
  need(checkpoint.size === head.size && same(checkpoint.root, head.root), "head-differs");
}

const MEMORY = {
  tree: true,
  read: async () => null,
  vouched: async (_believed, head) => {
    need(head.attestation.length === 0, "memory-attested");
    return { ok: true, code: "voucher-memory" };
  },
};

/** A log over RFC 6962: the operator's checkpoint, cosigned by a quorum of the witnesses that are pinned. */
const MERKLE_LOG = {
  tree: true,
  read: async (pins) => {
    const operator = await parseVkey(pins.get("vkey"));
    const [listed, quorum] = [pins.get("witnesses"), pins.get("quorum")];
    need(Array.isArray(listed), "pins-witnesses");
    const witnesses = [];
    for (const vkey of listed) {
      const key = await parseVkey(vkey);
      const again = witnesses.some((other) => same(other.key.bytes, key.key.bytes));
      need(key.type === COSIGNATURE && !again, "pins-witnesses");
      witnesses.push(key);
    }
    need(Number.isInteger(quorum) && quorum >= 0 && quorum <= witnesses.length, "pins-quorum");
    return { operator, witnesses, quorum };
  },
  vouched: async (policy, head) => {
    const checkpoint = await checkCheckpoint(head.attestation, policy);
    sameHead(checkpoint, head);
    if (policy.quorum === 0) return { ok: true, code: "voucher-operator" };
    const { witnesses, quorum } = policy;
    return {
      ok: true,
      code: "voucher-witnesses",
      found: { cosigned: checkpoint.cosigned, quorum, count: witnesses.length },
    };
  },
};

/** A chain of rows, each signed by the operator: `backends/signed_db/chain.py` has the messages. */
const SIGNED_DB = {
  tree: true,
  read: async (pins) => parseVkey(pins.get("vkey")),
  vouched: async (operator, head) => {
    const note = parseNote(head.attestation);
    const said = ["signed-db head v1", operator.name, head.size, toBase64(head.root), ""].join("\n");
    need(note.text === said, "head-differs");
    need((await signersOf(note, [operator])).has(operator), "operator-unsigned", { name: operator.name });
    if (head.size === 0n) need(same(head.root, await firstLink(operator)), "head-differs");
    return { ok: true, code: "voucher-operator" };
  },
  inside: async (operator, leaf, { index, head, proof }) => {
    need(proof.length === 32 + 64, "row-length", { found: proof.length });
    const before = proof.subarray(0, 32);
    const link = await sha256(join(toUtf8("signed-db chain link v1\n"), before, uint(index, 8), leaf));
    const name = toUtf8(operator.name);
    const message = join(
      toUtf8("signed-db row v1\n"),
      uint(BigInt(name.length), 2),
      name,
      uint(index, 8),
      link,
    );
    need(await signed(operator.key, message, proof.subarray(32)), "row-signature", { name: operator.name });
    if (index === head.size - 1n) need(same(link, head.root), "row-head");
    if (index === 0n) need(same(before, await firstLink(operator)), "row-first");
  },
};

async function firstLink(operator) {
  return sha256(toUtf8(`signed-db chain genesis v1\n${operator.name}`));
}

/** An unsigned number, big endian. */
function uint(number, length) {
  return fromHex(number.toString(16).padStart(2 * length, "0"), length);
}

const COMETBFT = {
  tree: true,
  read: async (pins) => {
    need(typeof pins.get("chain_id") === "string" && Array.isArray(pins.get("validators")), "pins-cometbft");
  },
  vouched: async () => ({ ok: null, code: "left-cometbft" }),
};

/** The operator's checkpoint is checked, which is all that vouches; the contract's state is not. */
const EVM = {
  tree: true,
  read: async (pins) => ({ operator: await parseVkey(pins.get("operator")) }),
  vouched: async (policy, head) => {
    const names = ["account", "checkpoint", "headers", "storage"];
    const attestation = exactly(parseCanonical(head.attestation), names, "attestation");
    await operatorsWord(policy, attestation, head);
    return { ok: null, code: "left-evm" };
  },
};

/** The same over a store: the operator's checkpoint, which an inner ledger carries as an entry. */
const ANCHORED = {
  tree: true,
  read: async (pins) => {
    need(pins.get("inner") instanceof Map, "pins-inner");
    return { operator: await parseVkey(pins.get("operator")) };
  },
  vouched: async (policy, head) => {
    const names = ["checkpoint", "index", "inner", "proof"];
    const attestation = exactly(parseCanonical(head.attestation), names, "attestation");
    await operatorsWord(policy, attestation, head);
    return { ok: null, code: "left-anchored" };
  },
};

async function operatorsWord(policy, attestation, head) {
  const checkpoint = await checkCheckpoint(toUtf8(text(attestation.get("checkpoint"), "checkpoint")), policy);
  sameHead(checkpoint, head);
}

/** A ledger that this page does not know: nothing of it is verified. */
const OTHER = {
  tree: false,
  read: async () => null,
  vouched: async () => ({ ok: null, code: "left-other" }),
};

const LEDGERS = new Map([
  ["memory", MEMORY],
  ["signed-db", SIGNED_DB],
  ["merkle-log", MERKLE_LOG],
  ["cometbft", COMETBFT],
  ["evm", EVM],
  ["evm-anchored", ANCHORED],
]);
