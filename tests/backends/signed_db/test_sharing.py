"""Several threads, several clients, several stores over one file: one order, nothing twice, rules kept."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from backends.signed_db import BACKEND
from consultation.core.ledger import Refusal, Settled, Ticket
from consultation.core.merkle import leaf_hash
from tests.backends.signed_db.conftest import Deploy, path_of, rows
from tests.conformance.entries import Opinions


def test_threads_and_stores_make_one_order_without_repeats(deploy: Deploy) -> None:
    first, second = deploy(busy_timeout_s=30), deploy(busy_timeout_s=30)
    clients = [first.connect(), first.connect(), second.connect(), second.connect()]
    shared = [f"shared {number}".encode() for number in range(30)]

    def append(worker: int) -> None:
        for number in range(30):
            own = f"worker {worker} number {number}".encode()
            answers = clients[worker].append([own, shared[number]])
            tickets = [answer for answer in answers if isinstance(answer, Ticket)]
            settled = clients[worker].settle(tickets, timeout_s=1)
            assert all(isinstance(answer, Settled) for answer in settled)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append, range(4)))
    found = rows(path_of(first))
    assert [row[0] for row in found] == list(range(150))
    assert len({row[1] for row in found}) == 150
    for worker in range(4):
        own = [row[0] for row in found if row[2].startswith(f"worker {worker} ".encode())]
        assert all(before < after for before, after in pairwise(own))
    head = clients[3].head()
    BACKEND.verifier(first.pins()).check_replay(clients[0].scan(0, head.size), head)


def test_the_rules_see_what_another_client_has_committed(deploy: Deploy) -> None:
    source = Opinions()
    first, second = deploy("rules").connect(), deploy("rules").connect()
    assert isinstance(first.append([source.new(64)])[0], Refusal), "nothing is open yet"
    for entry in source.preparation:
        assert isinstance(first.append([entry])[0], Ticket)
    assert isinstance(second.append([source.new(64)])[0], Ticket)
    assert isinstance(first.append([source.new(64)])[0], Ticket)
    assert second.head() == first.head()


def test_an_entry_of_another_store_settles_here_too(deploy: Deploy) -> None:
    first, second = deploy().connect(), deploy().connect()
    second.append([b"theirs"])
    assert first.settle([Ticket(leaf_hash(b"theirs"))], timeout_s=0) == [Settled(0)]


def test_a_scan_reads_page_after_page_while_the_file_grows(deploy: Deploy) -> None:
    deployment = deploy()
    ledger = deployment.connect()
    entries = [f"{number}".encode() for number in range(1_200)]
    ledger.append(entries[:1_100])
    reading = ledger.scan(0, 5_000)
    read = [next(reading)]
    ledger.append(entries[1_100:])
    read.extend(reading)
    assert read == entries[:1_100], "what is past the head at the call is left to the next one"
    assert list(ledger.scan(499, 501)) == entries[499:501]
    assert list(ledger.scan(3, 3)) == []
    assert list(ledger.scan(1_200, 1_300)) == []
