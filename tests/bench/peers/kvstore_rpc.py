"""Two questions that only a measurement asks a node: is this committed, and how much is in new blocks?"""

import base64
import json
from collections.abc import Mapping
from http.client import HTTPConnection
from time import perf_counter

from backends.nodes.ports import LOOPBACK


def commit_s(rpc_port: int, transaction: bytes) -> float:
    """Seconds until `broadcast_tx_commit` says that the transaction's block is committed."""
    begin_s = perf_counter()
    said = _ask(rpc_port, "broadcast_tx_commit", {"tx": base64.b64encode(transaction).decode()})
    took_s = perf_counter() - begin_s
    answer: Mapping[str, Mapping[str, Mapping[str, object]]] = json.loads(said)
    assert "result" in answer, answer
    assert answer["result"]["tx_result"].get("code", 0) == 0, answer
    return took_s


def committed(rpc_port: int, first: int, last: int) -> list[int]:
    """Numbers of transactions in the committed blocks from `first` to `last`, at most 20, as far as
    there are any.

    It is asked from the block before, which there is: a node refuses a range that begins past its last.
    """
    said = _ask(rpc_port, "blockchain", {"minHeight": str(max(1, first - 1)), "maxHeight": str(last)})
    answer: Mapping[str, Mapping[str, list[Mapping[str, object]]]] = json.loads(said)
    assert "result" in answer, answer
    blocks: dict[int, int] = {}
    for meta in answer["result"]["block_metas"]:
        header = meta["header"]
        assert isinstance(header, dict)
        blocks[int(header["height"])] = int(str(meta["num_txs"]))
    return [blocks[height] for height in sorted(blocks) if height >= first]


def _ask(rpc_port: int, method: str, params: Mapping[str, str]) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", "id": 0, "method": method, "params": params})
    connection = HTTPConnection(LOOPBACK, rpc_port, timeout=60)
    try:
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        return connection.getresponse().read()
    finally:
        connection.close()
