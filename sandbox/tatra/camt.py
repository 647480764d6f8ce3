"""camt.053.001.02 the way Tatra banka writes it: a closing balance for each day with movement."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from sandbox.entry import Entry
from sandbox.state import Sandbox
from sandbox.tatra.rows import ISO, end_to_end_id, local, narrative, sba_code
from sandbox.tatra.store import Statement
from sandbox.world import Account, Company

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"
LONGEST_USTRD = 140
LONGEST_INFO = 500
SIDE = {"credit": "CRDT", "debit": "DBIT"}
OPPOSITE = {"credit": "DBIT", "debit": "CRDT"}
# ways a transfer came about, as the servicer's reference begins
SERVICER_PREFIXES = {"credit": "VP", "debit": "PP"}


def document(sandbox: Sandbox, account: Account, statement: Statement, statement_id: str) -> bytes:
    """The whole message for one account and period, booked rows only."""
    first, last = date.fromisoformat(statement.first), date.fromisoformat(statement.last)
    told = sandbox.world.ledger(account, first, last, sandbox.now)
    # by booking day: the balances between the days follow them
    rows = sorted((r for r in told if r.status == "booked"), key=lambda r: r.date)
    company = sandbox.world.companies[account.company]
    created = local(sandbox.now)
    serial = int(statement_id.replace("-", "")[:10], 16) % 10**12
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}">',
        "<BkToCstmrStmt>",
        f"<GrpHdr><MsgId>TATRSKBXXXX-***-{last:%y%m%d}-{serial:012d}</MsgId>",
        f"<CreDtTm>{created}</CreDtTm></GrpHdr>",
        f"<Stmt><Id>{account.iban[-10:]}-{last:%Y%m%d}-{statement.number}</Id>",
        f"<ElctrncSeqNb>{statement.number}</ElctrncSeqNb><CreDtTm>{created}</CreDtTm>",
        f"<FrToDt><FrDtTm>{first}T00:00:00</FrDtTm><ToDtTm>{last}T23:59:59</ToDtTm></FrToDt>",
        _account(account, company),
        *_balances(sandbox, account, rows, first, last),
        _summary(rows),
        *(_entry(account, row) for row in rows),
        "</Stmt></BkToCstmrStmt></Document>",
    ]
    return "\n".join(parts).encode()


def _account(account: Account, company: Company) -> str:
    ico = (
        f"<Id><OrgId><Othr><Id>{company.ico}</Id><SchmeNm><Prtry>ICO</Prtry></SchmeNm>"
        "<Issr>ORSR</Issr></Othr></OrgId></Id>"
        if company.ico
        else ""
    )
    return (
        f"<Acct><Id><IBAN>{account.iban}</IBAN></Id><Tp><Prtry>BU</Prtry></Tp>"
        f"<Ccy>{account.currency}</Ccy><Ownr><Nm>{escape(company.name[:140])}</Nm>{ico}</Ownr>"
        f"<Svcr><FinInstnId><BIC>{account.bic}</BIC></FinInstnId></Svcr></Acct>"
    )


def _balances(
    sandbox: Sandbox, account: Account, rows: Sequence[Entry], first: date, last: date
) -> Iterator[str]:
    """PRCD of the day before, OPBD, then one CLBD for each day with a booked row."""
    before = first - timedelta(days=1)
    running = sandbox.world.balance(account, before, sandbox.now)
    yield _balance("PRCD", running, account.currency, before)
    yield _balance("OPBD", running, account.currency, first)
    day = last
    for day, of_day in groupby(rows, key=lambda row: row.date):
        running += sum((row.signed for row in of_day), Decimal(0))
        yield _balance("CLBD", running, account.currency, day)
    if not rows:
        yield _balance("CLBD", running, account.currency, day)


def _balance(kind: str, amount: Decimal, currency: str, day: date) -> str:
    side = "CRDT" if amount >= 0 else "DBIT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{abs(amount):.2f}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _summary(rows: Sequence[Entry]) -> str:
    came = [row.amount for row in rows if row.direction == "credit"]
    went = [row.amount for row in rows if row.direction == "debit"]
    credits_sum, debits_sum = sum(came, Decimal(0)), sum(went, Decimal(0))
    net = credits_sum - debits_sum
    side = "CRDT" if net >= 0 else "DBIT"
    return (
        f"<TxsSummry><TtlNtries><NbOfNtries>{len(rows)}</NbOfNtries>"
        f"<Sum>{credits_sum + debits_sum:.2f}</Sum><TtlNetNtryAmt>{abs(net):.2f}</TtlNetNtryAmt>"
        f"<CdtDbtInd>{side}</CdtDbtInd></TtlNtries>"
        f"<TtlCdtNtries><NbOfNtries>{len(came)}</NbOfNtries><Sum>{credits_sum:.2f}</Sum>"
        f"</TtlCdtNtries><TtlDbtNtries><NbOfNtries>{len(went)}</NbOfNtries>"
        f"<Sum>{debits_sum:.2f}</Sum></TtlDbtNtries></TxsSummry>"
    )


def _entry(account: Account, row: Entry) -> str:
    amount = f'<Amt Ccy="{row.currency}">{row.amount:.2f}</Amt>'
    value_day = row.value_date or row.date
    reversal = "<RvslInd>true</RvslInd>" if row.storno_of else ""
    details = _fee_details(row) if row.kind == "fee" else _details(account, row)
    return (
        f"<Ntry><NtryRef>{row.bank_id}</NtryRef>{amount}<CdtDbtInd>{SIDE[row.direction]}</CdtDbtInd>"
        f"{reversal}<Sts>BOOK</Sts><BookgDt><Dt>{row.date}</Dt></BookgDt>"
        f"<ValDt><Dt>{value_day}</Dt></ValDt>"
        f"<BkTxCd><Prtry><Cd>{sba_code(row)}</Cd><Issr>SBA</Issr></Prtry></BkTxCd>"
        f"{details}<AddtlNtryInf>{_inner_xml(row)}</AddtlNtryInf></Ntry>"
    )


def _fee_details(row: Entry) -> str:
    """The trap of real files: two blocks for one fee, amounts only as instructed, side reversed."""
    money = f'<Amt Ccy="{row.currency}">{row.amount:.2f}</Amt>'
    instructed = f"<AmtDtls><InstdAmt>{money}</InstdAmt></AmtDtls>"
    text = f"<AddtlTxInf>{escape(row.purpose[:LONGEST_INFO])}</AddtlTxInf>" if row.purpose else ""
    batch = (
        f'<Btch><NbOfTxs>1</NbOfTxs><TtlAmt Ccy="{row.currency}">{row.amount:.2f}</TtlAmt>'
        f"<CdtDbtInd>{OPPOSITE[row.direction]}</CdtDbtInd></Btch>"
    )
    reference = f"<Refs><AcctSvcrRef>II{row.bank_id}</AcctSvcrRef></Refs>"
    return (
        f"<NtryDtls><TxDtls>{reference}{text}</TxDtls></NtryDtls>"
        f"<NtryDtls>{batch}<TxDtls>{reference}{instructed}{text}</TxDtls></NtryDtls>"
    )


def _details(account: Account, row: Entry) -> str:
    return (
        f"<NtryDtls><TxDtls>{_references(account, row)}{_amounts(row)}{_iso_code(row)}"
        f"{_parties(row)}{_agents(row)}{_purpose(row)}{_dates(row)}</TxDtls></NtryDtls>"
    )


def _references(account: Account, row: Entry) -> str:
    servicer = f"{SERVICER_PREFIXES[row.direction]}{row.bank_id}"
    end_to_end = end_to_end_id(account, row)[:35]
    # about one detail in five has no transaction id
    transaction = "" if int(row.bank_id[-1]) % 5 == 0 else f"<TxId>{row.bank_id}</TxId>"
    told = f"<EndToEndId>{escape(end_to_end)}</EndToEndId>" if end_to_end else ""
    return f"<Refs><AcctSvcrRef>{servicer}</AcctSvcrRef>{told}{transaction}</Refs>"


def _amounts(row: Entry) -> str:
    money = f'<Amt Ccy="{row.currency}">{row.amount:.2f}</Amt>'
    card = row.card
    if card is not None and card.spent_currency != row.currency:
        spent = f'<Amt Ccy="{card.spent_currency}">{card.spent:.2f}</Amt>'
        return f"<AmtDtls><InstdAmt>{spent}</InstdAmt><TxAmt>{money}</TxAmt></AmtDtls>"
    return f"<AmtDtls><TxAmt>{money}</TxAmt></AmtDtls>"


def _iso_code(row: Entry) -> str:
    domain, family, sub = ISO[sba_code(row)].split("-")
    return (
        f"<BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd>"
        f"<SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>"
    )


def _parties(row: Entry) -> str:
    """The far side: a name in about one row of three, debits often the IBAN alone; the shop."""
    if row.card is not None:
        number = escape(row.card.number_masked)
        return (
            f"<RltdPties><TradgPty><Nm>{escape(row.card.merchant)}</Nm></TradgPty><Prtry>"
            f"<Tp>CardNumber</Tp><Pty><Nm>{number}</Nm></Pty></Prtry></RltdPties>"
        )
    far, tag = row.counterparty, "Dbtr" if row.direction == "credit" else "Cdtr"
    named = far.name and (int(row.bank_id[-2:]) % 3 == 0 or not far.iban)
    name = f"<{tag}><Nm>{escape(far.name[:140])}</Nm></{tag}>" if named else ""
    account = f"<{tag}Acct><Id><IBAN>{far.iban}</IBAN></Id></{tag}Acct>" if far.iban else ""
    return f"<RltdPties>{name}{account}</RltdPties>" if name or account else ""


def _agents(row: Entry) -> str:
    bic, tag = row.counterparty.bic, "Dbtr" if row.direction == "credit" else "Cdtr"
    if not bic:
        return ""
    bank = f"<FinInstnId><BIC>{bic}</BIC></FinInstnId>"
    return f"<RltdAgts><{tag}Agt>{bank}</{tag}Agt></RltdAgts>"


def _purpose(row: Entry) -> str:
    text = row.purpose
    pieces = [text[at : at + LONGEST_USTRD] for at in range(0, len(text), LONGEST_USTRD)]
    told = "".join(f"<Ustrd>{escape(piece)}</Ustrd>" for piece in pieces)
    return f"<RmtInf>{told}</RmtInf>" if told else ""


def _dates(row: Entry) -> str:
    if row.card is None:
        return ""
    day = row.card.authorised_at.date()
    return f"<RltdDts><Prtry><Tp>POSTransaction</Tp><Dt><Dt>{day}</Dt></Dt></Prtry></RltdDts>"


def _inner_xml(row: Entry) -> str:
    """Tatra's own XML, escaped into a text field."""
    text = escape(narrative(row)[:120])
    fee = ' FeeTp="SEPA"' if row.kind == "fee" else ""
    inner = (
        f'<NtryInf Ctg={quoteattr(sba_code(row)[:3])} Ini="K" BkCh="IB" Mthd="E" '
        f'CPAL="N"{fee}><Nrtv>{text}</Nrtv></NtryInf>'
    )
    return escape(inner)
