"""One invoice (PDF) in, its fields as JSON out: python3 extract/main.py FILE"""

import json
import sys

import letters
import stylesheet
from text import pages_of


def main():
    text = pages_of(sys.argv[1])
    reader = stylesheet if stylesheet.recognises(text) else letters
    json.dump(reader.read(text), sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
