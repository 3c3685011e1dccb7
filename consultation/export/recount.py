"""Đếm lại một bản công bố, chỉ cần Python: python3 recount.py [THƯ MỤC]. Count a publication again."""

import json
import sys
from hashlib import sha256
from pathlib import Path

ENDS = {"opinion": "supersedes", "withdrawn": "withdraws", "excluded": "excludes", "erased": "erases"}
FIRST, AT = b'"supersedes":""', 168  # in an opinion that ends no other one; never before this byte
NOTE = """Dòng có đúng là điều mà cam kết che giữ hay không: người giữ biên nhận hoặc kiểm toán viên kiểm tra.
Whether a row is what its commitment hides is for the holder or an auditor; signatures and rules, an audit."""


def recount(folder: Path) -> list[tuple[str, object, object]]:
    """What is compared, found, claimed. Memory grows with the opinions that end, not with the entries."""
    head, data = json.loads((folder / "head.json").read_bytes()), (folder / "summary.json").read_bytes()
    mine = b'{"consultation":"%s",' % (table := json.loads(data))["consultation"].encode()
    found, nodes, nothing, digest = list[tuple[str, object, object]](), list[bytes](), dict[str, str](), ""
    size = received = ended = excluded = faults = fixed = 0
    with open(folder / "entries.ndjson", "rb") as entries:
        later = (json.loads(line) for line in entries if line.startswith(mine) and line.find(FIRST, AT) < 0)
        named = {record["event"].get(ENDS.get(record["kind"]), ""): "named" for record in later}
        entries.seek(0)
        for size, line in enumerate(entries, start=1):
            leaf, at = sha256(b"\0" + line[:-1]).digest(), size - 1
            nodes.append(leaf)
            while at & 1:  # RFC 6962 2.1: two complete subtrees of one size become one
                at, right = at >> 1, nodes.pop()
                nodes[-1] = sha256(b"\1" + nodes[-1] + right).digest()
            kind, event, target = ("opinion" if line.startswith(mine) else ""), nothing, ""
            if kind and line.find(FIRST, AT) < 0:
                kind, event = (record := json.loads(line))["kind"], record["event"]
                target, digest = event.get(ENDS.get(kind, "")), event.get("table", digest)
            if target and not (kind == "erased" and (fixed or named[target] == "ended")):
                faults += named[target] != "stands"  # it ends what is not there, or ends it again
                named[target], ended, excluded = "ended", ended + 1, excluded + (kind == "excluded")
            if kind == "opinion":
                received += 1
                if (name := leaf.hex()) in named:
                    named[name] = "stands"
            elif kind in ("closed", "reconciled"):
                fixed, claimed = kind == "reconciled", [event["received"], event["counted"]]
                found.append((f"{kind}: received, counted", [received, received - ended], claimed))
    while len(nodes) > 1:
        nodes[-2:] = [sha256(b"\1" + nodes[-2] + nodes[-1]).digest()]
    stances = {name: dict.fromkeys(claimed, 0) for name, claimed in table["totals"].items()}
    for row in table["rows"]:
        stances[row["provision"]][row["stance"]] += row["size"]
    found += [(f"stances {name}", stances[name], claimed) for name, claimed in table["totals"].items()]
    said = [table["received"], table["counted"], sum(table["excluded"].values()), table["counted"]]
    here = [received, received - ended, excluded, sum(row["size"] for row in table["rows"])]
    found.append(("received, counted, excluded, in rows", here, said))
    found.append(("entries, root, breaches", [size, nodes[0].hex(), faults], [head["size"], head["root"], 0]))
    return [*found, ("digest of the table", sha256(data).hexdigest(), digest)]


if __name__ == "__main__":
    lines = recount(Path(*sys.argv[1:]))
    print(*(f"{'ĐÚNG' if a == b else 'SAI '} | {what} | {a} | {b}" for what, a, b in lines), NOTE, sep="\n")
    sys.exit(any(counted != claimed for _, counted, claimed in lines))
