"""How many people are singled out when what a consultation publishes is joined with what others know anyway.

**The attacker** is a reader, not an intruder: no key, no store, no machine of the service. She has

1. the ledger, whole and in its order: of each entry the envelope (consultation, window, kind, pseudonym,
   what it supersedes) and its position. The commitment is salted and tells her nothing;
2. when each position came to be there. She looked now and then, or reads it off the chain's block times or
   the witnesses' time stamps. An entry was given after the lot before its own was handed over and not after
   its own was; if entries lie in the order of arrival, an opinion of her own, changed every few minutes,
   serves her as well as a clock;
3. the summary table: one row for each standing opinion, sorted by content, naming no entry;
4. the certificates: all alike but for a random id, so they join with nothing; she can count them;
5. a roster: who belongs to which unit, voters and others;
6. the login times: who was logged in when, to the minute. Whoever gave an opinion was logged in at that
   minute; not everybody who was logged in gave one.

She knows that entries under one pseudonym are one person's. She does not know who took part.

**What is computed.** Everybody on the roster who is consistent with all facts seen about an entry, and about
every entry under the same pseudonym, is a *candidate* (`join`). Where pseudonyms are known to have different
owners, whom no assignment of people to them allows is out (`distinct`). The number left is the size of the
anonymity set; with one left the author is *singled out*. The sets are exact for that join.

**What it is not.** Where the provision is closed, that two entries on one provision have two authors is not
used, nor is the number of certificates; nor is likelihood (habits, the longest session). Who reasons with
these can only do better. So a size is an upper bound of the anonymity, a rate of people singled out a lower
bound of what leaks. The other way, the login log is assumed complete and true, which favours her.

The modules, in the order of the work: `people` (trace, units, logins), `designs` (what is published),
`views` (what the attacker sees), `join` and `distinct`, `stances` (what she learns of answers), `measure`,
`study`, `show`. Run it: `python -m workloads.reidentification DIR`; it is told in
docs/explanation/reidentification.md.
"""
