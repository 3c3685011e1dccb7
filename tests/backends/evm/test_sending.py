"""Nonces, late refusals and lost transactions, on real chains; and the transport beneath."""

import socket
from collections.abc import Sequence
from threading import Event, Thread
from time import monotonic

import pytest
from eth_utils.crypto import keccak
from eth_utils.hexadecimal import encode_hex

from backends.evm.answers import BadAnswer, as_bytes, as_list, as_object, as_quantity
from backends.evm.chain import Receipt
from backends.evm.rpc import NoAnswer, NotSent, Refused, Rpc, RpcError
from backends.evm.transaction import Account, Fees, operator_secret
from backends.nodes.ports import free_ports
from consultation.core.errors import OutcomeUnknown, Overloaded, Unavailable
from consultation.core.ledger import Refusal, Settled, Ticket
from tests.backends.evm.conftest import Deploy, await_all, indexes, settle
from tests.backends.evm.tries import OPERATOR

pytestmark = pytest.mark.node
SOON_S = 60.0
SLOW_S = 0.4


def test_a_transaction_that_the_pool_dropped_is_sent_again(deploy: Deploy) -> None:
    """The first of three is dropped: the other two wait for its nonce, until it is handed over again."""
    deployment = deploy(block_time_s=0.6)
    ledger, rpc = deployment.connect(), Rpc(deployment.url, 10.0)
    answers = list(ledger.append([b"one", b"two", b"three"]))
    pool = as_object(as_object(rpc.call("txpool_content"))["pending"])
    by_nonce = as_object(next(iter(pool.values())))
    first = as_object(by_nonce[min(by_nonce, key=int)])
    rpc.call("anvil_dropTransaction", first["hash"])
    rpc.close()
    assert {answer.index for answer in await_all(ledger, answers, SOON_S) if isinstance(answer, Settled)} == {
        0,
        1,
        2,
    }
    assert ledger.head().size == 3
    assert indexes(ledger, [b"four"]) == [3]


def test_entries_settle_though_the_node_takes_longer_for_a_block_than_anyone_waits(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And longer for several blocks than its client does."""
    deployment = deploy()
    ledger, chain = deployment.connect(), deployment._main.follower.chain
    prompt, pause = chain.receipts, Event()

    def slow(start: int, stop: int, timeout_s: float = 10.0) -> list[Receipt]:
        if stop - start > 1 or timeout_s < SLOW_S:
            late = NoAnswer("not within the time allowed")
            raise Unavailable(str(late)) from late
        pause.wait(SLOW_S)
        return prompt(start, stop)

    monkeypatch.setattr(chain, "receipts", slow)
    tickets = [answer for answer in ledger.append([b"one", b"two"]) if isinstance(answer, Ticket)]
    rpc = Rpc(deployment.url, 10.0)
    for _ in range(4):
        rpc.call("evm_mine")
    rpc.close()
    found: Sequence[object] = []
    deadline_s = monotonic() + 20 * SLOW_S
    while found != [Settled(0), Settled(1)]:
        assert monotonic() < deadline_s, f"nobody found out in time: {found}"
        found = ledger.settle(tickets, timeout_s=0.05)


def test_a_nonce_that_another_process_took_is_stepped_over(deploy: Deploy) -> None:
    """The same account sends something of its own between two appends; nothing is lost or doubled."""
    deployment = deploy()
    ledger = deployment.connect()
    assert indexes(ledger, [b"one"]) == [0]
    spend_nonce(deployment.url)
    with pytest.raises(Unavailable, match="somebody else uses the account"):
        ledger.append([b"two"])
    assert indexes(ledger, [b"two", b"three"]) == [1, 2]
    assert list(ledger.scan(0, 9)) == [b"one", b"two", b"three"]


def test_of_a_batch_whose_first_nonce_was_taken_every_entry_settles_once(deploy: Deploy) -> None:
    """The node takes the second transaction and not the first: that one is moved behind it."""
    deployment = deploy()
    ledger = deployment.connect()
    assert indexes(ledger, [b"one"]) == [0]
    spend_nonce(deployment.url)
    assert sorted(indexes(ledger, [b"two", b"three"])) == [1, 2]
    assert sorted(ledger.scan(0, 9)) == [b"one", b"three", b"two"]
    assert indexes(ledger, [b"four"]) == [3]


def spend_nonce(url: str) -> None:
    """Another process with the operator's account sends a transaction, and it is in a block."""
    rpc = Rpc(url, 10.0)
    account = Account(operator_secret(OPERATOR), as_quantity(rpc.call("eth_chainId")))
    nonce = as_quantity(rpc.call("eth_getTransactionCount", encode_hex(account.address), "pending"))
    other = account.sign(nonce, account.address, b"", 50_000, Fees(10**13, 0))
    rpc.call("eth_sendRawTransaction", encode_hex(other.raw))
    while rpc.call("eth_getTransactionReceipt", encode_hex(other.hash)) is None:
        Event().wait(0.02)
    rpc.close()


def test_entries_from_somebody_who_is_not_the_owner_are_refused_late(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the chain itself: the transaction is in a block, reverted."""
    owners = deploy("owner")
    rpc = Rpc(owners.url, 10.0)
    stranger = Account(keccak(b"stranger"), 1)
    rpc.call("anvil_setBalance", encode_hex(stranger.address), hex(10**30))
    rpc.close()
    monkeypatch.setenv("STRANGERS_KEY", keccak(b"stranger").hex())
    contract = "0x" + str(owners.pins()["contract"])
    theirs = deploy("stranger", url=owners.url, contract=contract, key_env="STRANGERS_KEY")
    ledger = theirs.connect()
    first, again = settle(ledger, [b"not mine"])[0], settle(ledger, [b"not mine"])[0]
    for answer in (first, again):
        assert isinstance(answer, Refusal)
        assert "owner" in answer.reason
        assert "key_env" in answer.reason
    assert ledger.head().size == 0
    assert ledger.usage().gas > 0, "what a refusal costs is metered"


def test_the_same_bytes_from_two_processes_stand_once(deploy: Deploy) -> None:
    """Two sessions over one contract and one account, neither of which knows what the other has sent."""
    first = deploy("first")
    contract = "0x" + str(first.pins()["contract"])
    second = deploy("second", url=first.url, contract=contract)
    here, there = first.connect(), second.connect()
    assert indexes(here, [b"a", b"b"]) == [0, 1]
    assert indexes(there, [b"b", b"c"]) == [1, 2]
    assert list(here.scan(0, 9)) == list(there.scan(0, 9)) == [b"a", b"b", b"c"]
    assert first.pins() == second.pins()
    assert there.head().size == 3


def test_more_than_may_be_in_flight_is_overloaded_and_nothing_of_it_is_sent(deploy: Deploy) -> None:
    deployment = deploy(block_time_s=2.0, max_in_flight=3)
    ledger = deployment.connect()
    answers = list(ledger.append([b"one", b"two"]))
    with pytest.raises(Overloaded, match="max_in_flight is 3"):
        ledger.append([b"three", b"four"])
    await_all(ledger, answers)
    assert indexes(ledger, [b"three", b"four"]) == [2, 3]


def test_a_chain_that_was_replaced_under_a_client_is_noticed(deploy: Deploy) -> None:
    """The node is killed and comes back with an empty chain, however long."""
    node = deploy("node")
    deployment = deploy("client", url=node.url, contract="0x" + str(node.pins()["contract"]))
    ledger = deployment.connect()
    assert indexes(ledger, [b"one", b"two"]) == [0, 1]
    node.kill()
    with pytest.raises((Unavailable, OutcomeUnknown)):
        ledger.append([b"three"])
    assert not ledger.health().ok
    with pytest.raises(Unavailable):
        ledger.head()
    node.restart()
    with pytest.raises(Unavailable, match="was replaced"):
        ledger.head()
    deployment.restart()
    ledger = deployment.connect()
    assert indexes(ledger, [b"three", b"one"]) == [0, 1]


# The transport


def test_nobody_listening_means_not_sent() -> None:
    rpc = Rpc(f"http://127.0.0.1:{free_ports(1)[0]}", 1.0)
    with pytest.raises(NotSent, match="cannot be reached"):
        rpc.call("eth_chainId")


def test_silence_means_no_answer_within_the_time_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        rpc = Rpc(f"http://127.0.0.1:{listening.getsockname()[1]}", 30.0)
        before_s = monotonic()
        with pytest.raises(NoAnswer, match="did not answer"):
            rpc.call("eth_chainId", timeout_s=0.1)
        assert monotonic() - before_s < 20


@pytest.mark.parametrize(
    ("body", "error"),
    [(b"no json", NoAnswer), (b"[]", BadAnswer), (b'{"id":1,"error":{"code":3,"message":"bad"}}', Refused)],
)
def test_an_answer_that_is_none_is_told_apart(body: bytes, error: type[Exception]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        answering = Thread(target=answer_once, args=(listening, body))
        answering.start()
        rpc = Rpc(f"http://127.0.0.1:{listening.getsockname()[1]}", 10.0)
        with pytest.raises(error):
            rpc.call("eth_chainId")
        rpc.close()
        answering.join()


def answer_once(listening: socket.socket, body: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )


def test_a_batch_answers_in_order_and_names_what_was_refused(deploy: Deploy) -> None:
    rpc = Rpc(deploy().url, 10.0)
    answers = rpc.batch(
        [("eth_chainId", []), ("no_such_method", []), ("eth_getBlockByNumber", ["0x0", False])]
    )
    assert as_quantity(answer(answers[0])) == 31_337
    assert isinstance(answers[1], RpcError)
    assert len(as_bytes(as_object(answer(answers[2]))["hash"])) == 32
    assert rpc.batch([]) == []
    assert as_list(rpc.call("eth_accounts")) == []
    rpc.close()


def answer(value: object) -> str | dict[str, str]:
    assert isinstance(value, str | dict)
    return value
