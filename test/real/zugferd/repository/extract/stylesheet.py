"""Invoices that the XML's stylesheets have rendered: headings and labels are always the same."""

import re

from rows import read_rows
from text import AMOUNT, date, first, number


def recognises(text):
    return "Belegsummen" in text


def read(text):
    title = re.search(r"\bNr\. (\S+)\s+vom\s+([\d.]{10})", text)
    return {
        "invoice_number": title and title.group(1),
        "issue_date": title and date(title.group(2)),
        "due_date": due_date(text),
        "currency": first(r"ährung\s*:\s*([A-Z]{3})", text),
        "order_reference": first(r"^\s*Bestellung\s*:\s*(\S+)", text),
        "iban": first(r"^\s*(?:Verkäufer-)?IBAN\s*:\s*([A-Z]{2}\d\d[\d ]+)", text),
        "seller": party(block(text, "Verkäufer"), True),
        "buyer": party(block(text, r"Käufer(?:/Leistungsempfänger)?"), False),
        "line_total": total(text, "Positionssumme"),
        "net_total": total(text, r"Rechnungssumme ohne USt\."),
        "tax_total": total(text, r"Steuerbetrag(?: in\s+[A-Z]{3})?"),
        "grand_total": total(text, "Bruttosumme"),
        "due_payable": total(text, "Zahlbetrag"),
        "line_items": read_rows(text),
    }


def total(text, label):
    return number(first(rf"^\s*{label}\s+({AMOUNT})\s*$", text))


def due_date(text):
    """The date in the column "Fälligkeit" of the payment terms."""
    terms = re.search(r"Fälligkeit +Teilzahlung\n((?:.*\n){3})", text)
    return date(terms and first(r" {8}(\d\d\.\d\d\.\d{4})", terms.group(1)))


def block(text, heading):
    """The lines of a party: from its heading to the next heading."""
    found = re.search(rf"^\s*{heading}:?\s*\n((?:.*\n){{16}})", text, re.M)
    if not found:
        return ""
    return re.split(r"^\s*(?:Käufer|Bemerkung|Qualifizierung|Abweichend|Pos )", found.group(1), flags=re.M)[0]


def party(lines, is_seller):
    place = re.search(r"\b([A-Z]{2}) (\d{4,5}) (\S.*)$", lines, re.M)
    fields = {
        "name": name_of(lines),
        "postcode": place and place.group(2),
        "city": place and place.group(3).strip(),
    }
    if is_seller:
        fields["vat_id"] = first(r"USt\.-Id\.-Nr\.\s*:\s*(\w+)", lines)
    return fields


def name_of(lines):
    """Behind "Name:", or the first line that carries no label."""
    named = first(r"^\s*Name:\s+(\S.*)$", lines)
    if named:
        return named
    for line in lines.split("\n"):
        if line.strip() and ":" not in line:
            return line.strip()
    return None
