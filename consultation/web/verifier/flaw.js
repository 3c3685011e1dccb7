/** What is wrong with a piece of evidence: a code that `faults.js` has a sentence for, and what was found. */
export class Flaw extends Error {
  constructor(code, found = {}) {
    super(code);
    this.code = code;
    this.found = found;
  }
}

/** A flaw where it breaks the chain: `link` names the first link that does not hold. */
export class Broken extends Error {
  constructor(link, flaw) {
    super(`${link}: ${flaw.code}`);
    this.link = link;
    this.flaw = flaw;
  }
}

/** Do a step of the chain; a flaw in it breaks `link`. Anything else thrown is a defect of this page. */
export async function at(link, work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Flaw) throw new Broken(link, error);
    throw error;
  }
}

/** Throw a flaw unless `holds`. */
export function need(holds, code, found = {}) {
  if (!holds) throw new Flaw(code, found);
}
