"""``make messages``: bring the catalogues of translations up to date with the texts in the program.

With ``LOCALE=de`` a new one is begun as well, named as its locale is: ``de``, ``pt_BR``, ``zh_Hant``.
"""

from __future__ import annotations

import argparse

from bot.messages.languages import DOMAIN, LOCALES
from tests.auxil.catalogues import ROOT, catalogues, renewed, troubles


def main() -> int:
    """Renew all catalogues; then say what a translator has to do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--new", metavar="LOCALE", help="begin the catalogue of a further language")
    new = parser.parse_args().new
    files = catalogues()
    if new:
        files.setdefault(new, LOCALES / new / "LC_MESSAGES" / f"{DOMAIN}.po")
    for language, path in files.items():
        file = renewed(language, path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file)
        to_do = troubles(language, path)
        print(f"{path.relative_to(ROOT)}: {len(to_do) or 'nothing'} to do")
        for trouble in to_do:
            print(f"  {trouble.what}: {trouble.text!r}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
