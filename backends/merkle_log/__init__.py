"""The Merkle log: C2SP tiles on disk, the operator's checkpoints, and witnesses who must cosign each of them.

With `mirror = true` another process must have copied, re-derived and synced the entries too before it cosigns
(`mirror`): a second failure domain. With `witnesses = 0` and no mirror the operator alone vouches.

Life of an entry:

1. `append` applies admission, gives the entry the next index and puts it into the queue: ordered, in memory
   only. A crash here loses it; nobody was told that it had settled.
2. The publisher takes the queue when its oldest entry is `batch_age_s` old, or when 64 have come and somebody
   waits for them, and writes the entries' bundles, the tiles of the tree and a draft of step 3's file, synced
   together. A crash here leaves files that nothing refers to; the next start deletes them, and the entries
   are lost as in 1.
3. The signed checkpoint of the grown tree takes the place of `state/sequenced`, by rename: **durable**. From
   here on the log can only continue from this tree. A crash here loses nothing: the next start asks the
   witnesses again.
4. It offers the checkpoint to the witnesses and the mirror, all at once; the mirror gets the entries too. A
   crash in the midst, when some have cosigned, is the reason for step 3: what they have cosigned is on the
   disk, so the log never offers them another tree.
5. When the quorum and the mirror have cosigned, the checkpoint with all cosignatures replaces
   `log/checkpoint` by an atomic rename: **final**, and only now does `settle` say so. A crash before it is
   the crash in 4.
6. Partial tiles and bundles that this publication has completed are deleted.

With `timestamps` a head is a published checkpoint with a token over it, by a time-stamp authority outside
(`stamper`). `settle` does not wait for it, `head` does: an entry is final at 5 and **provable** once a token
covers it. Without the authority entries still settle, `health` says so, and a newer head is Unavailable.

With fewer witnesses than the quorum, or without its mirror, the log halts at 4 and goes on when they return.
"""

from backends.merkle_log.deployment import BACKEND

__all__ = ["BACKEND"]
