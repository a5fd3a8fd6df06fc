"""Write the provinces and communes that `congvu places load` founds, from the data package they are taken from.

Done by a developer when places change: unpack the package vietnamadminunits (MIT) and name its folder and a table of
the provinces with identifier code and domain. The service itself never needs the package.
"""

from __future__ import annotations

import argparse
import sqlite3
from pathlib import Path

OUT = Path(__file__).parents[1] / "provisioning/places/places.tsv"
HEAD = """\
# Provinces and communes of Viet Nam since 1 July 2025: 34 provinces, 3,321 communes, wards and special zones.
# Names and statistical codes: the Python package vietnamadminunits 1.0.4 (data of 8 October 2025),
#   pypi.org/project/vietnamadminunits, Copyright (c) 2025 Tran Ngoc Minh Hieu, MIT License: see places.LICENSE.
# Identifier codes of provinces: reconstructed from the alphabetical order and public papers; domains: by convention.
# A commune's identifier code here is its province's code and its statistical code; its province may give it another.
# code<TAB>name<TAB>domain of a province
"""


def main() -> None:
    """Read both sources and write one file."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("package", type=Path, help="the unpacked package")
    asked.add_argument(
        "provinces", type=Path, help="statistical code, name, kind, identifier code, domain; tab-separated"
    )
    given = asked.parse_args()
    lines = (line.split("\t") for line in given.provinces.read_text(encoding="utf-8").splitlines() if line[:1] != "#")
    provinces = {line[0]: (line[3], line[4]) for line in lines}
    with sqlite3.connect(given.package / "data/dataset.db") as book:
        rows = book.execute(
            "SELECT provinceCode, province, wardCode, ward FROM admin_units ORDER BY wardCode"
        ).fetchall()
    names = dict(sorted({(code, name) for code, name, _, _ in rows}))
    written = [HEAD]
    for statistical, name in names.items():
        code, domain = provinces[statistical]
        written.append(f"{code}\t{name}\t{domain}\n")
        written += [f"{code}.{ward}\t{commune}\n" for of, _, ward, commune in rows if of == statistical]
    OUT.write_text("".join(written), encoding="utf-8")


if __name__ == "__main__":
    main()
