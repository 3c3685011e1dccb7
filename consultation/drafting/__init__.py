"""From a draft as officials have it to a tree of provisions, and from two of its versions to what changed.

1. `text` and `docx` turn bytes into lines, each with its place; `numbering` counts what Word numbers itself.
2. `headings` recognises how a provision begins; `assembly` puts provisions into each other and gives ids.
3. `preamble` finds title, issuer, number and grounds in what comes before the first provision.
4. `comparison` pairs the provisions of two versions.

All of it is pure: bytes or text in, values out, or a `DraftError` that names the place. What may stand in
what is left to `consultation.core.provisions`; putting a draft before the public, to the service.
"""
