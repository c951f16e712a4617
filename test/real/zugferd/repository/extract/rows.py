"""The table of positions in a rendered invoice."""

import re

from text import AMOUNT, cells, number

HEADING = re.compile(r"^\s*Pos\b.*Beschreibung")
END = re.compile(r"Umsatzsteueraufschlüsselung|Zahlungsbedingungen|Steueraufschlüsselung|Zu- und Abschläge|Belegsummen")
# price   quantity unit   rate %   amount: the amount may stand on a line of its own
ROW = re.compile(
    rf"\s(?P<price>{AMOUNT})\s+(?P<quantity>-?[\d.]+(?:,\d+)?)(?: [^\d\s]\S*)?\s+(?P<rate>\d+(?:,\d+)?) ?%"
    rf"(?: VAT \(\w\))?(?:\s+(?P<amount>{AMOUNT}))?\s*$"
)
ALONE = re.compile(rf"^(.*\S)?\s{{8,}}(?P<amount>{AMOUNT})\s*$")
NOT_A_NAME = re.compile(r"Bruttopreis|Abschlag|getLine|^\(|^\d{13}")


def read_rows(text):
    lines = table(text.split("\n"))
    rows = []
    for index, line in enumerate(lines):
        found = ROW.search(line)
        if found:
            rows.append(read_row(found, line, lines[index + 1 : index + 6]))
    return rows


def table(lines):
    start = next((i for i, line in enumerate(lines) if HEADING.search(line)), None)
    if start is None:
        return []
    rest = lines[start + 1 :]
    end = next((i for i, line in enumerate(rest) if END.search(line)), len(rest))
    return rest[:end]


def read_row(found, line, below):
    before = cells(line[: found.start("price")])
    start, name = before[-1] if before else (0, None)
    amount = found.group("amount") or amount_below(below)
    return {
        "name": " ".join([name or "", *name_below(below, start)]).strip() or None,
        "seller_id": seller_id(before[:-1], below, start),
        "quantity": number(found.group("quantity")),
        "unit_price": number(found.group("price")),
        "tax_rate": number(found.group("rate")),
        "line_total": number(amount),
    }


def amount_below(below):
    for line in below[:3]:
        found = ALONE.search(line)
        if found:
            return found.group("amount")
    return None


def name_below(below, start):
    """A name goes on as long as there is something right under it."""
    for line in below:
        under = [text for at, text in cells(line) if abs(at - start) <= 2]
        if not under or NOT_A_NAME.search(under[0]):
            return
        yield under[0]


def seller_id(before, below, start):
    """Left of the name, or on one of the lines under it; a GTIN has thirteen digits and a remark in brackets."""
    lines = [before] + [cells(line) for line in below[:2]]
    for line in lines:
        for at, text in line:
            if at < start - 3 and re.fullmatch(r"[A-ZÖ]*\d*[A-Z\d-]+", text) and not re.fullmatch(r"\d{1,3}|\d{13}", text):
                return text
    return None
