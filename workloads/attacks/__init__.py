"""The three attacks, done for real, and what each defender's own checks say about them.

An opinion is edited; one is deleted; all history is rewritten and signed again. Each is staged once in the
service's store and once in the ledger's own storage; see docs/explanation/attacks.md. `campaign.run` does all
of it on one ledger, through `ports.Site`, which `pilot` composes.

Order of a campaign:

1. A small consultation runs from its draft to its certificates, and honest parties keep what is theirs.
2. Every defender checks the untouched state. A check that refuses it would prove nothing later, so the cells
   are then 'not measured'.
3. The service's store is attacked, each time on a fresh copy of its file.
4. The ledger's storage is attacked, each time on the ledger as it was before.
"""
