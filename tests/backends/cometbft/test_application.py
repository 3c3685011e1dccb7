"""The replicated state machine: the same blocks give the same results, whatever crashes in between."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backends.cometbft import framing, storage
from backends.cometbft.abci import types_pb2 as abci
from backends.cometbft.application import REFUSED_INDEX, Application, Code, handler
from backends.cometbft.queries import Answers
from consultation.core import merkle
from tests.backends.cometbft.chain import block
from tests.conformance.entries import Opinions

BLOCKS = [
    [framing.join([b"a", b"b"])],
    [framing.join([b"a", b"c"]), framing.join([b"d"])],
    [],
    [framing.join([b"e", b"e", b"x" * 70_000]), b"\x00\x00\x00\x09short"],
]


def decide(application: Application, height: int, transactions: Sequence[bytes]) -> bytes:
    """One block; everything that the validators hash of its results."""
    answer = application.finalize_block(block(height, transactions))
    application.commit()
    return answer.app_hash + b"".join(bytes([result.code]) + result.data for result in answer.tx_results)


def indexes(result: abci.ExecTxResult) -> list[int]:
    return [int.from_bytes(result.data[at : at + 8], "big") for at in range(0, len(result.data), 8)]


def check(application: Application, *entries: bytes) -> abci.ResponseCheckTx:
    return application.check_tx(abci.RequestCheckTx(tx=framing.join(entries)))


def run(folder: Path, blocks: Sequence[Sequence[bytes]] = BLOCKS) -> tuple[Application, list[bytes]]:
    application = Application(folder, "all")
    return application, [decide(application, at, txs) for at, txs in enumerate(blocks, 1)]


def test_repeated_bytes_keep_the_index_of_the_first(tmp_path: Path) -> None:
    application = Application(tmp_path, "all")
    answer = application.finalize_block(block(1, [framing.join([b"a", b"b", b"a"]), framing.join([b"b"])]))
    assert [result.code for result in answer.tx_results] == [Code.OK, Code.OK]
    assert [indexes(result) for result in answer.tx_results] == [[0, 1, 0], [1]]
    application.commit()
    assert check(application, b"a", b"b").code == Code.KNOWN
    assert check(application, b"a", b"z") == abci.ResponseCheckTx(code=Code.OK, data=b"known")
    assert check(application, b"z") == abci.ResponseCheckTx(code=Code.OK)


def test_an_oversized_entry_and_a_broken_transaction_are_refused_alone(tmp_path: Path) -> None:
    application = Application(tmp_path, "all")
    transactions = [framing.join([b"x" * 70_000, b"good"]), b"\x00\x00\x00\x09short"]
    assert check(application, b"x" * 70_000, b"good").code == Code.REFUSED
    assert application.check_tx(abci.RequestCheckTx(tx=transactions[1])).code == Code.MALFORMED
    answer = application.finalize_block(block(1, transactions))
    assert [result.code for result in answer.tx_results] == [Code.REFUSED, Code.MALFORMED]
    assert indexes(answer.tx_results[0]) == [REFUSED_INDEX, 0]


def test_two_opinions_that_pass_the_check_alone_are_not_both_admitted_in_a_block(tmp_path: Path) -> None:
    application, source = Application(tmp_path, "rules"), Opinions()
    for height, entry in enumerate(source.preparation, 1):
        decide(application, height, [framing.join([entry])])
    first, second = source.opinion("ab" * 32, b"one"), source.opinion("ab" * 32, b"two")
    assert (check(application, first).code, check(application, second).code) == (Code.OK, Code.OK)
    both = block(len(source.preparation) + 1, [framing.join([first]), framing.join([second])])
    answer = application.finalize_block(both)
    assert [result.code for result in answer.tx_results] == [Code.OK, Code.REFUSED]
    application.commit()
    assert [late.leaf for late in application.refusals] == [merkle.leaf_hash(second)]
    assert "stands already" in application.refusals[0].reason
    assert check(application, second).code == Code.REFUSED


def test_the_app_hash_is_of_the_domain_the_size_and_the_root(tmp_path: Path) -> None:
    application, _ = run(tmp_path)
    leaves = [merkle.leaf_hash(entry) for entry in (b"a", b"b", b"c", b"d", b"e")]
    assert application.committed.app_hash == framing.app_hash(5, merkle.root_of(leaves))
    assert (application.committed.height, application.committed.grown) == (4, 4)


def test_handed_over_bytes_count_what_is_repeated_and_refused(tmp_path: Path) -> None:
    application, _ = run(tmp_path)
    assert application.committed.handed_over_bytes == 2 + 3 + 70_002


# Crashes: each state that a commit can leave, and the same results after it


@pytest.mark.parametrize("at", range(len(BLOCKS)))
@pytest.mark.parametrize("crash", ["before", "half the log", "whole log", "state not renamed", "after"])
def test_a_crash_in_a_commit_is_replayed_to_the_same_results(tmp_path: Path, at: int, crash: str) -> None:
    _, expected = run(tmp_path / "other")
    folder = tmp_path / "crashed"
    run(folder, BLOCKS[:at])
    before = tmp_path / "before"
    shutil.copytree(folder, before) if folder.exists() else before.mkdir()
    application = Application(folder, "all")
    decide(application, at + 1, BLOCKS[at])
    after = (folder / storage.LOG).read_bytes()
    kept = (before / storage.LOG).read_bytes() if (before / storage.LOG).exists() else b""

    if crash != "after":
        shutil.rmtree(folder)
        before.rename(folder)
        cut = {"before": len(kept), "half the log": (len(kept) + len(after)) // 2}.get(crash, len(after))
        (folder / storage.LOG).write_bytes(after[:cut])
        if crash == "state not renamed":
            (folder / (storage.STATE + ".new")).write_bytes(application.committed.encode()[:-1])
    again = Application(folder, "all")
    assert again.committed.height == (at + 1 if crash == "after" else at)
    replayed = [
        decide(again, height, BLOCKS[height - 1])
        for height in range(again.committed.height + 1, len(BLOCKS) + 1)
    ]
    assert replayed == expected[len(expected) - len(replayed) :]
    assert again.tree.root() == Application(tmp_path / "other", "all").tree.root()


def test_a_node_that_comes_back_before_its_commit_gets_the_same_answer(tmp_path: Path) -> None:
    application = Application(tmp_path, "all")
    asked = block(1, BLOCKS[0])
    first = application.finalize_block(asked)
    assert application.finalize_block(asked) == first
    application.commit()
    assert application.committed.size == 2


def test_a_decision_that_was_never_committed_leaves_no_trace(tmp_path: Path) -> None:
    application = Application(tmp_path, "all")
    application.finalize_block(block(1, [framing.join([b"lost"])]))
    answer = application.finalize_block(block(1, [framing.join([b"kept"])]))
    application.commit()
    assert indexes(answer.tx_results[0]) == [0]
    assert application.log.read(0, 1) == framing.frame(b"kept")


def test_a_block_out_of_turn_ends_the_application(tmp_path: Path) -> None:
    application = Application(tmp_path, "all")
    with pytest.raises(ValueError, match="block 2 cannot follow block 0"):
        application.finalize_block(block(2, []))
    with pytest.raises(ValueError, match="no block to commit"):
        application.commit()


small = st.lists(st.sampled_from([b"", b"a", b"b", b"c", b"d" * 40]), max_size=4).map(framing.join)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.lists(small, max_size=3), st.booleans()), max_size=5))
def test_restarts_anywhere_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[tuple[list[bytes], bool]]
) -> None:
    steady_folder, restarted_folder = tmp_path_factory.mktemp("steady"), tmp_path_factory.mktemp("restarted")
    steady, restarted = Application(steady_folder, "all"), Application(restarted_folder, "all")
    for height, (transactions, restart) in enumerate(blocks, 1):
        if restart:
            restarted.finalize_block(block(height, transactions))
            restarted.log.close()
            restarted = Application(restarted_folder, "all")
        assert decide(steady, height, transactions) == decide(restarted, height, transactions)
    assert steady.committed == restarted.committed
    entries = framing.split(steady.log.read(0, steady.committed.size))
    assert len(set(entries)) == len(entries)
    assert merkle.root_of(map(merkle.leaf_hash, entries)) == steady.tree.root()


# What is on disk and does not fit together


def test_an_edited_log_does_not_load(tmp_path: Path) -> None:
    run(tmp_path)
    log = tmp_path / storage.LOG
    data = log.read_bytes()
    log.write_bytes(data.replace(b"\x01a", b"\x01z", 1))
    with pytest.raises(ValueError, match="hash to"):
        Application(tmp_path, "all")
    log.write_bytes(data[:-1])
    with pytest.raises(ValueError, match="the state counts"):
        Application(tmp_path, "all")


def test_a_log_against_the_rules_does_not_load(tmp_path: Path) -> None:
    run(tmp_path)
    with pytest.raises(ValueError, match="entry 0 of the log is refused"):
        Application(tmp_path, "rules")


@pytest.mark.parametrize("state", [b"[]", b"{}", b'{"height":"1"}', b"no"])
def test_a_broken_state_does_not_load(tmp_path: Path, state: bytes) -> None:
    (tmp_path / storage.STATE).write_bytes(state)
    with pytest.raises(ValueError, match=r"state|JSON|Expecting"):
        Application(tmp_path, "all")


# What a node asks


def test_every_request_of_a_node_is_answered_in_kind(tmp_path: Path) -> None:
    application = Application(tmp_path / "app", "all")
    sizes: list[int] = []
    handle = handler(application, Answers(application, tmp_path), sizes.append)
    genesis = application.committed.app_hash
    assert handle(abci.Request(info=abci.RequestInfo())).info == abci.ResponseInfo()
    assert handle(abci.Request(init_chain=abci.RequestInitChain())).init_chain.app_hash == genesis
    proposal = abci.RequestPrepareProposal(txs=[b"x"])
    assert handle(abci.Request(prepare_proposal=proposal)).prepare_proposal.txs == [b"x"]
    accepted = handle(abci.Request(process_proposal=abci.RequestProcessProposal()))
    assert accepted.process_proposal.status == abci.ResponseProcessProposal.ACCEPT
    assert handle(abci.Request(finalize_block=block(1, BLOCKS[0]))).finalize_block.app_hash != genesis
    assert handle(abci.Request(commit=abci.RequestCommit())).WhichOneof("value") == "commit"
    assert handle(abci.Request(finalize_block=block(2, []))).finalize_block.tx_results == []
    handle(abci.Request(commit=abci.RequestCommit()))
    assert sizes == [application.committed.size], "an empty block makes nothing larger"
    info = handle(abci.Request(info=abci.RequestInfo())).info
    assert (info.last_block_height, info.last_block_app_hash) == (2, application.committed.app_hash)
    assert handle(abci.Request(flush=abci.RequestFlush())).WhichOneof("value") == "flush"
    snapshots = handle(abci.Request(list_snapshots=abci.RequestListSnapshots()))
    assert snapshots.WhichOneof("value") == "list_snapshots"
    with pytest.raises(ValueError, match="extend_vote"):
        handle(abci.Request(extend_vote=abci.RequestExtendVote()))


def test_a_question_that_is_not_offered_gets_an_error_and_not_an_end(tmp_path: Path) -> None:
    application, _ = run(tmp_path / "app")
    answers = Answers(application, tmp_path)
    for path, data in (("/nothing", b""), ("/inclusion", b"short"), ("/consistency", bytes(15) + b"\xff")):
        assert answers(abci.RequestQuery(path=path, data=data)).code == 1
