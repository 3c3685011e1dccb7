/**
 * Runs the script of the committed page without a page: one question a line in, one answer a line out.
 *
 *     node answer.mjs verify.html
 *
 * A question is {"call": "verify", "file": base64, "pins": text or null}, or a call of one of the parts below.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const USED = [
  ...[
    "verify",
    "readPins",
    "Flaw",
    "fill",
    "DETAILS",
    "LINKS",
    "parseJson",
    "canonicalText",
    "parseMultikey",
  ],
  ...[
    "signed",
    "unzip",
    "toHex",
    "proofOf",
    "checkSuite",
    "checkSignature",
    "checkInclusion",
    "moment",
    "bitOf",
  ],
];
const page = readFileSync(process.argv[2], "utf8");
const script = /<script type="module">([^]*)<\/script>/.exec(page)[1];
const module = `data:text/javascript;base64,${Buffer.from(`${script}\nexport { ${USED.join(", ")} };`).toString("base64")}`;
const parts = await import(module);

const bytes = (base64) => new Uint8Array(Buffer.from(base64, "base64"));

const CALLS = {
  async verify({ file, pins }) {
    const believed = pins === null ? null : parts.readPins(new TextEncoder().encode(pins));
    const { verdict, links } = await parts.verify(bytes(file), believed);
    const told = links.map(({ name, ok, code, found }) => ({
      name,
      ok,
      code,
      detail: sentence(code, found),
    }));
    return { verdict, links: told };
  },
  async pins({ text }) {
    const pins = parts.readPins(bytes(text));
    return { issuers: pins.issuers.size, ledgers: pins.ledgers.size };
  },
  async canonical({ text }) {
    return { canonical: parts.canonicalText(parts.parseJson(bytes(text))) };
  },
  async signed({ key, message, signature }) {
    return { holds: await parts.signed(parts.parseMultikey(key), bytes(message), bytes(signature)) };
  },
  async document({ text, key }) {
    const document = parts.parseJson(bytes(text));
    const proof = parts.proofOf(document);
    const believed = parts.parseMultikey(key);
    parts.checkSuite(proof, believed);
    await parts.checkSignature(document, proof, believed);
    return { holds: true };
  },
  async inclusion({ leaf, index, size, path, root }) {
    await parts.checkInclusion(bytes(leaf), BigInt(index), BigInt(size), path.map(bytes), bytes(root));
    return { holds: true };
  },
  async moment({ text }) {
    return { microseconds: parts.moment(text) };
  },
  async revoked({ list, url, index }) {
    const listed = parts.parseJson(new TextEncoder().encode(list));
    return { revoked: await parts.bitOf(listed, { url, index }) };
  },
  async unzip({ file }) {
    const files = await parts.unzip(bytes(file), 8, 1_000_000);
    return { files: Object.fromEntries([...files].map(([name, data]) => [name, parts.toHex(data)])) };
  },
  async words() {
    return { details: parts.DETAILS, links: parts.LINKS };
  },
};

function sentence(code, found) {
  return parts.DETAILS[code] ? parts.fill(parts.DETAILS[code], found)[1] : `no sentence for ${code}`;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { call, ...question } = JSON.parse(line);
  let answer;
  try {
    answer = await CALLS[call](question);
  } catch (error) {
    const flaw = error instanceof parts.Flaw;
    answer = flaw
      ? { flaw: error.code, detail: sentence(error.code, error.found) }
      : { defect: String(error.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
