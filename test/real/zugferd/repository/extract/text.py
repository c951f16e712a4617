"""The text layer of a PDF, and small things to find in it."""

import re
import subprocess

AMOUNT = r"(?:-?\d{1,3}(?:\.\d{3})*,\d{2,4}|-?\d+,\d{2,4})"


def pages_of(path):
    """The pages' text as poppler lays it out. Attachments are not looked at."""
    done = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, check=True
    )
    return done.stdout.decode("utf-8", "replace").replace("\f", "\n")


def number(text):
    """German notation: 1.234,56 → 1234.56"""
    if text is None:
        return None
    return float(text.replace(".", "").replace(",", "."))


def date(text):
    """03.07.2014, 18. April 2014 or 13/11/2017 → 2014-07-03; None when there is no date."""
    if text is None:
        return None
    found = re.search(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text)
    if found:
        day, month, year = found.groups()
        return f"{year}-{int(month):02}-{int(day):02}"
    found = re.search(r"(\d{1,2})\. (\w+) (\d{4})", text)
    if found and found.group(2) in MONTHS:
        day, month, year = found.groups()
        return f"{year}-{MONTHS.index(month) + 1:02}-{int(day):02}"
    return None


MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()


def first(pattern, text, flags=re.M):
    """The first group of the first match, or None."""
    found = re.search(pattern, text, flags)
    return found.group(1).strip() if found else None


def cells(line):
    """(start, text) of the pieces that stand apart by two spaces or more."""
    return [(m.start(), m.group()) for m in re.finditer(r"\S+(?: \S+)*", line)]
