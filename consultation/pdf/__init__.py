"""The certificate as a PDF: a page for people, the bundle attached, the unit's signature over both.

The way of one:

1. `content.content_of` takes the page's texts from the signed credential.
2. `page.render` sets them with typst and attaches the bundle: the unsigned file, the same bytes each time.
3. `signing.sign` appends the unit's PAdES signature, with a time stamp where an authority is set.
4. `reading.extract` gives the bundle back, which `core.bundle` verifies; `checking.check_signature` checks
   the signature. Both take any bytes, and neither asks a network or a clock.

A crash or refusal anywhere leaves no file: each step returns bytes or raises.
"""
