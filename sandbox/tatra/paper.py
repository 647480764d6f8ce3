"""A statement as a plain PDF, written by hand: one font, lines of text, as many pages as needed."""

from datetime import date, timedelta

from sandbox.state import Sandbox
from sandbox.tatra.store import Statement
from sandbox.world import Account

LINES_ON_A_PAGE = 60
FIRST_LINE_AT, LINE_HEIGHT = 800, 12


def lines(sandbox: Sandbox, account: Account, statement: Statement) -> list[str]:
    """What the statement says, line by line."""
    first, last = date.fromisoformat(statement.first), date.fromisoformat(statement.last)
    world, now = sandbox.world, sandbox.now
    rows = [r for r in world.ledger(account, first, last, now) if r.status == "booked"]
    company = world.companies[account.company]
    return [
        f"Tatra banka, a.s.  Vypis c. {statement.number}",
        f"{company.name}  {account.iban}  {account.currency}",
        f"Obdobie {first} - {last}",
        f"Pociatocny zostatok {world.balance(account, first - timedelta(days=1), now):.2f}",
        *(f"{row.date}  {row.signed:>14.2f}  {row.bank_id}  {row.purpose[:60]}" for row in rows),
        f"Konecny zostatok {world.balance(account, last, now):.2f}",
    ]


def pdf(text: list[str]) -> bytes:
    """A valid PDF 1.4 with these lines."""
    sheets = [text[at : at + LINES_ON_A_PAGE] for at in range(0, len(text), LINES_ON_A_PAGE)]
    kids = " ".join(f"{4 + 2 * place} 0 R" for place in range(len(sheets)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(sheets)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    for place, sheet in enumerate(sheets):
        content = _content(sheet)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0"
            b" R >> >> /Contents %d 0 R >>" % (5 + 2 * place),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        ]
    return _bound(objects)


def _content(sheet: list[str]) -> bytes:
    shown = [
        line.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(")
        for line in sheet
    ]
    body = b" T*\n".join(b"(" + line.replace(b")", b"\\)") + b") Tj" for line in shown)
    return b"BT /F1 8 Tf %d TL 30 %d Td\n%s\nET" % (LINE_HEIGHT, FIRST_LINE_AT, body)


def _bound(objects: list[bytes]) -> bytes:
    file = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return file + head + table + tail % (len(objects) + 1, len(file))
