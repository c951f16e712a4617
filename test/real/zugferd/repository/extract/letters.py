"""Invoices that programs have laid out as letters and forms. What is known of each stands in its own rules."""

import re

from text import AMOUNT, cells, date, first, number

COMPANY = re.compile(r"\b(?:GmbH|GMBH|AG|SARL|KG|a\.G\.)")


def read(text):
    seller, buyer = parties(text)
    grand = amount(
        text,
        r"Summe inkl\. USt:",
        r"Rechnungssumme Brutto \(inkl\. USt\.\)",
        r"Total TTC",
        r"Rechnungsbetrag",
    )
    net = amount(text, r"Summe netto:", r"Rechnungssumme Netto \(excl\. USt\.\)", r"Total HT", r"Gesamtbeitrag")
    tax = amount(text, r"Zuzügl\. USt:", r"Total taxes", r"Versicherungsteuer .*?")
    summary = re.search(rf"^\s*({AMOUNT})(?:\s+{AMOUNT})*?\s+({AMOUNT})\s+({AMOUNT})\s+EUR\s+({AMOUNT})\s*$", text, re.M)
    line_total = net
    if summary:
        line_total, net, tax, grand = (number(value) for value in summary.groups())
    return {
        "invoice_number": invoice_number(text),
        "issue_date": issue_date(text),
        "due_date": date(first(r"(?:netto bis|bis zum|Date d'échéance|Fälligkeit)\s+([\d./]{10})", text)),
        "currency": "EUR" if re.search("EUR|€", text) else None,
        "order_reference": first(r"(?:Bestell-Nr|Votre référence)\s*:?\s+(\S+)", text),
        "iban": first(r"IBAN(?:-Nr\.)?\s*:?\s+([A-Z]{2}\d\d[\d ]+\d)", text),
        "seller": {**seller, "vat_id": vat_id(text)},
        "buyer": buyer,
        "line_total": line_total,
        "net_total": net,
        "tax_total": tax,
        "grand_total": grand,
        "due_payable": amount(text, r"Solde à payer") or grand,
        "line_items": gnu_rows(text) or form_rows(text),
    }


def amount(text, *labels):
    for label in labels:
        found = first(rf"{label}\s+({AMOUNT})", text)
        if found:
            return number(found)
    return None


def invoice_number(text):
    return first(r"(?:Rechnung #|Facture|Avoir|Beleg-Nr\s+:)\s+([\w/-]*\d[\w/-]*)", text) or first(
        r"Rechnungsnummer.*\n(?:.*\n)??.*\s(\d+)\s*$", text
    )


def issue_date(text):
    labelled = first(r"(?:Rechnung # \S+ vom|Beleg-Datum\s+:|Date de facture)\s+([\d./]{10})", text)
    form = first(r"Rechnungsdatum.*\n(?:.*\n)??.*\s([\d.]{10})\s*$", text)
    return date(labelled or form or first(r"(\d{1,2}\. [A-Z]\w+ \d{4})\s*$", text))


def vat_id(text):
    return first(r"(?:USt\.?-?Id(?:entn)?\.?-?[Nn]?r?\.?|USt-ID|TVA)\s*:\s*([A-Z]{2}\w{9,11})", text)


def parties(text):
    """Company and place: the first pair is the seller's, the second the buyer's; in a form they stand side by side."""
    names, places = [], []
    for line in text.split("\n"):
        for _, cell in cells(line):
            if COMPANY.search(cell) and len(cell) < 40:
                names.append(cell)
            place = re.fullmatch(r"(\d{5}) ([A-ZÄÖÜa-zäöüß .]+)", cell)
            if place:
                places.append(place.groups())
    def at(index):
        postcode, city = places[index] if index < len(places) else (None, None)
        return {"name": names[index] if index < len(names) else None, "postcode": postcode, "city": city}
    return at(0), at(1)


def gnu_rows(text):
    """GnuAccounting: quantity, product, tax, price and sum; products go on in the next line."""
    pattern = rf"^\s*({AMOUNT})\s+(\S.*?)\s{{2,}}(\d+)%\s+({AMOUNT}) €\s+({AMOUNT}) €$"
    return [
        {
            "name": name.split(":")[0],
            "quantity": number(quantity),
            "unit_price": number(price),
            "tax_rate": float(rate),
            "line_total": number(total),
        }
        for quantity, name, rate, price, total in re.findall(pattern, text, re.M)
    ]


def form_rows(text):
    """The forms of the association's samples: position, article, text, quantity, unit, price, sum, tax rate."""
    pattern = rf"^\s*(?:\d+ )?([A-Z]+\d\w*)\s{{2,}}(\S.*?)\s{{2,}}([\d.]+)\s+\S+\s+({AMOUNT})\s+({AMOUNT})\s+(\d+)\s*$"
    return [
        {
            "name": name,
            "seller_id": article,
            "quantity": number(quantity),
            "unit_price": number(price),
            "tax_rate": float(rate),
            "line_total": number(total),
        }
        for article, name, quantity, price, total, rate in re.findall(pattern, text, re.M)
    ]
